import { assert, describe, it, layer } from "@effect/vitest"
import { Deferred, Effect, Exit, Fiber, Layer, Logger, Option } from "effect"
import { ReadWriteLock, Task } from "effect-threading"
import { NodeWorkerPool } from "effect-threading/node"
import { OsThreads, osThreads } from "../src/internal/shared/osThreads.ts"
import { readWriteLockViews } from "../src/internal/shared/sharedReadWriteLock.ts"
import { lockCases } from "./contracts/lock.ts"
import { lockOfWriting, sharedReadWriteLockOf } from "./contracts/readWriteForms.ts"
import { readWriteLockCases } from "./contracts/readWriteLock.ts"
import { readWriteReentryCases } from "./contracts/readWriteReentry.ts"
import { here } from "./contracts/shared.ts"
import { contract } from "./support/contract.ts"
import * as use from "./support/readWriteTasks.ts"

const { isWriteLocked, readers, recover, withReadLock, withReadLockSync, withWriteLock, withWriteLockSync } =
  ReadWriteLock

const tasks = Task.module<typeof use>(new URL("./support/readWriteTasks.ts", import.meta.url))

contract("shared ReadWriteLock", readWriteLockCases(sharedReadWriteLockOf(here)))
contract("shared ReadWriteLock re-entry", readWriteReentryCases(sharedReadWriteLockOf(here)))
contract("shared ReadWriteLock for writing", lockCases(lockOfWriting(sharedReadWriteLockOf(here))))

type SharedLock = ReadWriteLock.SharedReadWriteLock

const startNow = { startImmediately: true }

describe("a shared read-write lock in synchronous code", () => {
  it.effect("is held while the function runs, and answers as it does", () =>
    Effect.gen(function*() {
      const lock = yield* ReadWriteLock.makeShared()
      const held = Effect.all([readers(lock), isWriteLocked(lock)])
      assert.deepStrictEqual(withReadLockSync(lock, () => Effect.runSync(held)), [1, false])
      assert.deepStrictEqual(withWriteLockSync(lock, () => Effect.runSync(held)), [0, true])
      assert.throws(() =>
        withWriteLockSync(lock, () => {
          throw new Error("no")
        }), "no")
      assert.throws(() => withReadLockSync(lock, () => Promise.resolve()), TypeError)
      assert.deepStrictEqual(yield* held, [0, false])
    }))

  it.effect("is read once more inside of a hold, of a function or of an effect", () =>
    Effect.gen(function*() {
      const lock = yield* ReadWriteLock.makeShared()
      const count = () => withReadLockSync(lock, () => Effect.runSync(readers(lock)))
      assert.strictEqual(count(), 1)
      assert.strictEqual(withReadLockSync(lock, count), 2)
      assert.strictEqual(withWriteLockSync(lock, () => withReadLockSync(lock, count)), 2)
      assert.strictEqual(yield* withReadLock(lock, Effect.sync(count)), 2)
      assert.strictEqual(yield* withWriteLock(lock, withReadLock(lock, Effect.sync(count))), 2)
      assert.deepStrictEqual([yield* readers(lock), yield* isWriteLocked(lock)], [0, false])
    }))

  it.effect("is not written inside of a hold", () =>
    Effect.gen(function*() {
      const lock = yield* ReadWriteLock.makeShared()
      const write = () =>
        assert.throws(() => withWriteLockSync(lock, () => {}), ReadWriteLock.ReadWriteLockUpgradeError)
      withReadLockSync(lock, write)
      withWriteLockSync(lock, write)
      yield* withReadLock(lock, Effect.sync(write))
      yield* withWriteLock(lock, Effect.sync(write))
    }))

  it.effect("is not had by a fiber that goes on while a function writes", () =>
    Effect.gen(function*() {
      const lock = yield* ReadWriteLock.makeShared()
      const isWriting = yield* Deferred.make<void>()
      const seen: Array<string> = []
      const reader = yield* Effect.forkChild(
        Effect.andThen(Deferred.await(isWriting), withReadLock(lock, Effect.sync(() => seen.push("read")))),
        startNow
      )
      withWriteLockSync(lock, () => {
        Deferred.doneUnsafe(isWriting, Effect.void)
        seen.push("written")
      })
      yield* Fiber.join(reader)
      assert.deepStrictEqual(seen, ["written", "read"])
    }))

  it.effect("is read beside another fiber of the OS thread that reads, also while a writer waits", () =>
    Effect.gen(function*() {
      const lock = yield* ReadWriteLock.makeShared()
      const reader = yield* Effect.forkChild(withReadLock(lock, Effect.never), startNow)
      const writer = yield* Effect.forkChild(withWriteLock(lock, Effect.void), startNow)
      assert.strictEqual(withReadLockSync(lock, () => Effect.runSync(readers(lock))), 2)
      assert.throws(() => withWriteLockSync(lock, () => {}), ReadWriteLock.CannotBlockError)
      yield* Fiber.interrupt(reader)
      yield* Fiber.join(writer)
    }))

  it.effect("has nobody wait for another fiber of the OS thread that writes", () =>
    Effect.gen(function*() {
      const lock = yield* ReadWriteLock.makeShared()
      const writer = yield* Effect.forkChild(withWriteLock(lock, Effect.never), startNow)
      assert.throws(() => withReadLockSync(lock, () => {}), ReadWriteLock.CannotBlockError)
      assert.throws(() => withWriteLockSync(lock, () => {}), ReadWriteLock.CannotBlockError)
      yield* Fiber.interrupt(writer)
      assert.deepStrictEqual([yield* readers(lock), yield* isWriteLocked(lock)], [0, false])
    }))

  it.effect("has nobody wait on the main thread", () =>
    Effect.gen(function*() {
      const lock = yield* ReadWriteLock.makeShared()
      const { copy } = elsewhere(lock)
      yield* withWriteLock(
        copy,
        Effect.sync(() => assert.throws(() => withReadLockSync(lock, () => {}), ReadWriteLock.CannotBlockError))
      )
      assert.strictEqual(withReadLockSync(lock, () => 1), 1)
    }))
})

let number = 2 ** 21

/** The lock as another OS thread has it, and that one's end. */
const elsewhere = (lock: SharedLock) => {
  const threads = new OsThreads(osThreads().cells, ++number, 0, () => true)
  const copy = readWriteLockViews.as(lock as never, threads) as unknown as SharedLock
  return { copy, ident: threads.me - 1, dies: () => osThreads().ended(threads.me) }
}

/** One whose writer has died, and nobody has noticed yet. */
const abandoned = Effect.gen(function*() {
  const lock = yield* ReadWriteLock.makeShared()
  const { copy, dies, ident } = elsewhere(lock)
  yield* Effect.forkDetach(withWriteLock(copy, Effect.never), startNow)
  dies()
  return { lock, ident }
})

const isAbandoned = (exit: Exit.Exit<unknown, unknown>) => assert.match(String(exit), /LockAbandonedError/)

describe("an OS thread that dies while it writes", () => {
  it.effect("leaves the lock abandoned: whoever comes fails, and is told who it was", () =>
    Effect.gen(function*() {
      const { ident, lock } = yield* abandoned
      const error = yield* Effect.flip(withReadLock(lock, Effect.die("it ran")))
      assert.deepStrictEqual([error._tag, error.ident], ["LockAbandonedError", ident])
      isAbandoned(yield* Effect.exit(withWriteLock(lock, Effect.void)))
      isAbandoned(yield* Effect.exit(ReadWriteLock.withReadLockIfAvailable(lock, Effect.void)))
      isAbandoned(yield* Effect.exit(ReadWriteLock.withWriteLockIfAvailable(lock, Effect.void)))
      isAbandoned(yield* Effect.exit(Effect.scoped(ReadWriteLock.acquireReadScoped(lock))))
      assert.throws(() => withReadLockSync(lock, () => {}), ReadWriteLock.LockAbandonedError)
      assert.throws(() => withWriteLockSync(lock, () => {}), ReadWriteLock.LockAbandonedError)
      assert.deepStrictEqual([yield* readers(lock), yield* isWriteLocked(lock)], [0, false])
    }))

  it.live("fails those that wait, also in other OS threads", () =>
    Effect.gen(function*() {
      const lock = yield* ReadWriteLock.makeShared()
      const [dying, other] = [elsewhere(lock), elsewhere(lock)]
      yield* Effect.forkDetach(withWriteLock(dying.copy, Effect.never), startNow)
      const waiters = yield* Effect.forEach(
        [lock, other.copy].flatMap((copy) => [withReadLock(copy, Effect.void), withWriteLock(copy, Effect.void)]),
        (wait) => Effect.forkChild(Effect.exit(wait), startNow)
      )
      dying.dies()
      for (const waiter of waiters) isAbandoned(yield* Fiber.join(waiter))
    }))

  it.effect("leaves what recover makes sound, in a hold for writing", () =>
    Effect.gen(function*() {
      const { lock } = yield* abandoned
      const seen = Effect.all([isWriteLocked(lock), withReadLock(lock, readers(lock))])
      const answers: Array<unknown> = []
      assert.isTrue(yield* recover(lock, Effect.tap(seen, (seen) => Effect.sync(() => answers.push(seen)))))
      assert.deepStrictEqual(answers, [[true, 1]])
      assert.isFalse(yield* recover(lock, Effect.die("it ran")))
      assert.strictEqual(yield* withReadLock(lock, readers(lock)), 1)
      assert.isTrue(yield* withWriteLock(lock, isWriteLocked(lock)))
    }))

  it.effect("leaves what stays abandoned if the repair fails, is interrupted, or its OS thread dies", () =>
    Effect.gen(function*() {
      const { lock } = yield* abandoned
      assert.deepStrictEqual(yield* Effect.exit(recover(lock, Effect.fail("no"))), Exit.fail("no"))
      isAbandoned(yield* Effect.exit(withReadLock(lock, Effect.void)))
      yield* Fiber.interrupt(yield* Effect.forkChild(recover(lock, Effect.never), startNow))
      isAbandoned(yield* Effect.exit(withWriteLock(lock, Effect.void)))
      const { copy, dies, ident } = elsewhere(lock)
      yield* Effect.forkDetach(recover(copy, Effect.never), startNow)
      dies()
      assert.isTrue(yield* recover(lock, Effect.void))
      assert.isAbove(ident, 0)
      assert.deepStrictEqual(yield* withWriteLock(lock, Effect.succeed(1)), 1)
    }))

  it.live("is repaired once: who comes meanwhile waits for that", () =>
    Effect.gen(function*() {
      const { lock } = yield* abandoned
      const { copy } = elsewhere(lock)
      const give = yield* Deferred.make<void, string>()
      const failing = yield* Effect.forkChild(Effect.exit(recover(lock, Deferred.await(give))), startNow)
      const others = yield* Effect.forEach(
        [recover(copy, Effect.void), recover(lock, Effect.yieldNow), recover(copy, Effect.void)],
        (each) => Effect.forkChild(each, startNow)
      )
      yield* Deferred.fail(give, "no")
      assert.deepStrictEqual(yield* Fiber.join(failing), Exit.fail("no"))
      const answers = yield* Effect.forEach(others, Fiber.join)
      assert.lengthOf(answers.filter((hasRepaired) => hasRepaired), 1)
      assert.strictEqual(yield* withReadLock(copy, readers(copy)), 1)
    }))

  it.effect("leaves what is not sound as it was for those who do not wait while somebody repairs", () =>
    Effect.gen(function*() {
      const { lock } = yield* abandoned
      const repair = yield* Effect.forkChild(recover(lock, Effect.never), startNow)
      assert.deepStrictEqual(yield* ReadWriteLock.withReadLockIfAvailable(lock, Effect.void), Option.none())
      yield* Fiber.interrupt(repair)
      isAbandoned(yield* Effect.exit(ReadWriteLock.withReadLockIfAvailable(lock, Effect.void)))
    }))
})

describe("an OS thread that dies while it reads or waits", () => {
  it.live("reads no more, and keeps no writer waiting", () =>
    Effect.gen(function*() {
      const lock = yield* ReadWriteLock.makeShared()
      const { copy, dies } = elsewhere(lock)
      yield* Effect.forkDetach(withReadLock(copy, withReadLock(copy, Effect.never)), startNow)
      assert.strictEqual(yield* readers(lock), 2)
      const writer = yield* Effect.forkChild(withWriteLock(lock, readers(lock)), startNow)
      dies()
      assert.strictEqual(yield* Fiber.join(writer), 0)
    }))

  it.live("waits no more to write, and keeps no reader waiting", () =>
    Effect.gen(function*() {
      const lock = yield* ReadWriteLock.makeShared()
      const { copy, dies } = elsewhere(lock)
      const first = yield* Effect.forkChild(withReadLock(lock, Effect.never), startNow)
      yield* Effect.forkDetach(withWriteLock(copy, Effect.never), startNow)
      const second = yield* Effect.forkChild(withReadLock(lock, readers(lock)), startNow)
      assert.strictEqual(yield* readers(lock), 1)
      dies()
      assert.strictEqual(yield* Fiber.join(second), 2)
      yield* Fiber.interrupt(first)
    }))
})

/** Goes on once so many tasks have begun. */
const untilBegun = (count: number, { begun }: Pick<use.Pair, "begun">): Effect.Effect<void> =>
  Effect.suspend(() =>
    Atomics.load(begun, 0) === count ? Effect.void : Effect.andThen(Effect.sleep(1), untilBegun(count, { begun }))
  )

// Workers die, of which the pool would tell.
const quietPool = Layer.provide(NodeWorkerPool.layer({ size: 2, gracePeriod: 500 }), Logger.layer([]))

const makePair = Effect.map(ReadWriteLock.makeShared(), (lock): use.Pair => ({
  lock,
  cells: new Int32Array(new SharedArrayBuffer(8)),
  begun: new Int32Array(new SharedArrayBuffer(4))
}))

layer(quietPool, { excludeTestServices: true, timeout: "1 minute" })(
  "a shared read-write lock between OS threads",
  (it) => {
    it.effect("lets nobody see what is half written, by blocked workers and by fibers", () =>
      Effect.gen(function*() {
        const pair = yield* makePair
        const torn = yield* Effect.all([
          tasks.usesSync(pair, 1000),
          tasks.usesSync(pair, 1000),
          use.uses(pair, 300)
        ], { concurrency: "unbounded" })
        assert.deepStrictEqual(torn, [0, 0, 0])
        assert.deepStrictEqual(Array.from(pair.cells), [2300, 2300])
        const more = yield* Effect.all([tasks.uses(pair, 300), tasks.uses(pair, 300), use.uses(pair, 300)], {
          concurrency: "unbounded"
        })
        assert.deepStrictEqual([...more, ...pair.cells], [0, 0, 0, 3200, 3200])
        assert.deepStrictEqual([yield* readers(pair.lock), yield* isWriteLocked(pair.lock)], [0, false])
      }), 60_000)

    it.effect(
      "is abandoned by a worker that ends while it writes, until that is repaired",
      () =>
        Effect.gen(function*() {
          const pair = yield* makePair
          const { cells, lock } = pair
          yield* Effect.exit(tasks.diesWriting(pair))
          isAbandoned(yield* Effect.exit(withReadLock(lock, Effect.void)))
          isAbandoned(yield* Effect.exit(tasks.uses(pair, 1)))
          const repair = Effect.sync(() => cells[1] = cells[0]!)
          assert.isTrue(yield* recover(lock, repair))
          assert.strictEqual(yield* tasks.usesSync(pair, 10), 0)
          assert.deepStrictEqual(Array.from(cells), [11, 11])
        }),
      60_000
    )

    it.effect("is free of a worker that ends while it reads", () =>
      Effect.gen(function*() {
        const pair = yield* makePair
        const reader = yield* Effect.forkChild(Effect.exit(tasks.diesReading(pair)))
        yield* untilBegun(1, pair)
        const writer = yield* Effect.forkChild(use.uses(pair, 1), startNow)
        Atomics.store(pair.begun, 0, 2)
        Atomics.notify(pair.begun, 0)
        yield* Fiber.join(writer)
        yield* Fiber.join(reader)
        assert.deepStrictEqual([...pair.cells, yield* readers(pair.lock)], [1, 1, 0])
      }), 60_000)

    it.effect(
      "lets go of a blocked worker whose task is interrupted, and of readers behind it",
      () =>
        Effect.gen(function*() {
          const pair = yield* makePair
          const { lock } = pair
          const blocked = yield* withReadLock(
            lock,
            Effect.gen(function*() {
              const blocked = yield* Effect.forkChild(tasks.writesSync(pair))
              yield* untilBegun(1, pair)
              yield* Fiber.interrupt(blocked)
              return blocked
            })
          )
          yield* Fiber.await(blocked)
          assert.strictEqual(yield* tasks.usesSync(pair, 1), 0)
          assert.deepStrictEqual(Array.from(pair.cells), [1, 1])
        }),
      60_000
    )
  }
)
