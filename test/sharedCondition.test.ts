import { assert, describe, it, layer } from "@effect/vitest"
import { Effect, Fiber, Layer, Logger } from "effect"
import type { Exit } from "effect"
import { Condition, Lock, RLock, Task } from "effect-threading"
import type { WorkerPool } from "effect-threading"
import { NodeWorkerPool } from "effect-threading/node"
import { ConditionCells } from "../src/internal/shared/conditionCells.ts"
import { OsThreads, osThreads } from "../src/internal/shared/osThreads.ts"
import { conditionViews } from "../src/internal/shared/sharedCondition.ts"
import { conditionCases } from "./contracts/condition.ts"
import { conditionHoldCases, heldLock, heldRLock } from "./contracts/conditionHolds.ts"
import { here, localConditions, sharedConditions, sharedLocks } from "./contracts/shared.ts"
import * as ours from "./support/conditionTasks.ts"
import { contract } from "./support/contract.ts"

const tasks = Task.module<typeof ours>(new URL("./support/conditionTasks.ts", import.meta.url))

const conditions = sharedConditions(here)
const rlocks = sharedLocks(RLock, here)

contract("shared Condition", conditionCases(conditions, heldRLock(conditions, rlocks, 2)))
contract("shared Condition's holds", conditionHoldCases(conditions, rlocks))
contract(
  "Condition on a shared lock",
  conditionCases(localConditions, heldLock(localConditions, sharedLocks(Lock, here)))
)

const shared = (length: number) => new Int32Array(new SharedArrayBuffer(4 * length))

/** Goes on once so many sleep of those who have said that they will. */
const untilAsleep = (condition: Condition.SharedCondition, asleep: Int32Array, count: number) => {
  const look: Effect.Effect<void, unknown> = Effect.flatMap(
    Condition.withLock(condition, Effect.sync(() => asleep[0]!)),
    (now) => now === count ? Effect.void : Effect.andThen(Effect.sleep(1), look)
  )
  return look
}

const notify = (condition: Condition.SharedCondition, n?: number) =>
  Condition.withLock(condition, Condition.notify(condition, n))

const isAbandoned = (exit: Exit.Exit<unknown, unknown>) => assert.match(String(exit), /LockAbandonedError/)

describe("a shared condition in synchronous code", () => {
  it.effect("wakes the fibers that sleep, and is no place to wait for the main thread, which keeps the lock", () =>
    Effect.gen(function*() {
      const condition = yield* Condition.makeShared()
      const asleep = shared(1)
      const sleepers = yield* Effect.replicateEffect(Effect.forkChild(ours.sleeps(condition, asleep)), 4)
      yield* Effect.yieldNow
      Condition.withLockSync(condition, () => {
        assert.strictEqual(asleep[0], 4)
        Condition.waitForSync(condition, () => true)
        assert.throws(() => Condition.waitSync(condition), Condition.CannotBlockError)
        assert.throws(() => Condition.waitForSync(condition, () => false), Condition.CannotBlockError)
        Condition.notifySync(condition)
      })
      yield* Fiber.join(sleepers[0]!)
      yield* Condition.withLock(condition, Effect.sync(() => Condition.notifyAllSync(condition)))
      yield* Fiber.joinAll(sleepers)
      assert.isFalse(yield* Condition.isLocked(condition))
    }))

  it.effect("is used with the lock, for waiting with a lock that synchronous code has taken", () =>
    Effect.gen(function*() {
      const condition = yield* Condition.makeShared(yield* Lock.makeShared())
      const all = [
        () => Condition.waitSync(condition),
        () => Condition.waitForSync(condition, () => true),
        () => Condition.notifySync(condition),
        () => Condition.notifyAllSync(condition)
      ]
      for (const operation of all) assert.throws(operation, Condition.LockNotHeldError)
      const waits = Effect.try({ try: () => Condition.waitSync(condition), catch: (error) => error })
      assert.match(String(yield* Effect.flip(Condition.withLock(condition, waits))), /An effect holds the lock/)
    }))

  it.effect("is not to be had for a lock that is not shared", () =>
    Effect.gen(function*() {
      const exit = yield* Effect.exit(Condition.makeShared((yield* Lock.make()) as never))
      assert.match(String(exit), /TypeError.* is no shared Lock, which Lock.makeShared makes/)
    }))
})

let number = 2 ** 22

/** An OS thread that does as it is told, and dies. */
const elsewhere = (condition: Condition.SharedCondition) => {
  const data = condition as unknown as Parameters<typeof conditionViews.of>[0]
  const threads = new OsThreads(osThreads().cells, ++number, 0, () => true)
  const copy = conditionViews.as(data, threads) as unknown as Condition.SharedCondition
  return { copy, cells: new ConditionCells(data.memory, threads), dies: () => osThreads().ended(threads.me) }
}

describe("an OS thread that dies", () => {
  const deaths: ReadonlyArray<readonly [when: string, upTo: (cells: ConditionCells) => void]> = [
    ["before it knows that it was notified", () => {}],
    ["after its sleeper was told, before that has the lock", (cells) => cells.collect(Infinity)]
  ]
  for (const [when, upTo] of deaths) {
    it.live(`${when}, has the notification passed on`, () =>
      Effect.gen(function*() {
        const condition = yield* Condition.makeShared()
        const asleep = shared(1)
        const { cells, dies } = elsewhere(condition)
        cells.fallAsleep()
        const sleeper = yield* Effect.forkChild(ours.sleeps(condition, asleep))
        yield* untilAsleep(condition, asleep, 1)
        yield* notify(condition)
        assert.strictEqual(yield* Effect.sync(() => cells.leave()), false, "it is the one that was notified")
        upTo(cells)
        dies()
        yield* Fiber.join(sleeper)
      }))
  }

  it.live("while it sleeps, has no notification for good", () =>
    Effect.gen(function*() {
      const condition = yield* Condition.makeShared()
      const asleep = shared(1)
      const { cells, dies } = elsewhere(condition)
      for (let count = 0; count < 3; count++) cells.fallAsleep()
      const sleepers = yield* Effect.replicateEffect(Effect.forkChild(ours.sleeps(condition, asleep)), 2)
      yield* untilAsleep(condition, asleep, 2)
      dies()
      yield* notify(condition, 2)
      yield* Fiber.joinAll(sleepers)
    }))

  it.live("after a notified one of it had the lock, has nothing passed on, but the lock is abandoned if it still has it", () =>
    Effect.gen(function*() {
      const condition = yield* Condition.makeShared()
      const asleep = shared(1)
      const { cells, copy, dies } = elsewhere(condition)
      cells.fallAsleep()
      const sleeper = yield* Effect.forkChild(ours.sleeps(condition, asleep))
      yield* untilAsleep(condition, asleep, 1)
      yield* notify(condition)
      assert.strictEqual(cells.collect(Infinity), 1)
      yield* Effect.forkChild(Condition.withLock(copy, Effect.never), { startImmediately: true })
      cells.settle()
      dies()
      isAbandoned(yield* Fiber.await(sleeper))
      isAbandoned(yield* Effect.exit(notify(condition)))
      assert.isTrue(yield* Condition.recover(condition, Effect.void))
      assert.isFalse(yield* Condition.isLocked(condition))
    }))

  it.live("with the lock has everybody look who sleeps, once that was repaired", () =>
    Effect.gen(function*() {
      const condition = yield* Condition.makeShared()
      const asleep = shared(1)
      const { copy, dies } = elsewhere(condition)
      const sleepers = yield* Effect.replicateEffect(Effect.forkChild(ours.sleeps(condition, asleep)), 3)
      yield* untilAsleep(condition, asleep, 3)
      yield* Effect.forkChild(Condition.withLock(copy, Effect.never), { startImmediately: true })
      dies()
      assert.isTrue(yield* Condition.recover(condition, Effect.void))
      yield* Fiber.joinAll(sleepers)
    }))
})

// Workers that end are told of in the log.
const mortals = Layer.provide(NodeWorkerPool.layer({ size: 2, gracePeriod: 1 }), Logger.layer([]))

layer(mortals, { excludeTestServices: true, timeout: "1 minute" })(
  "a shared condition between OS threads",
  (it) => {
    const each = 400

    const ring = Effect.gen(function*() {
      const lock = yield* Lock.makeShared()
      const all: ours.Ring = {
        notEmpty: yield* Condition.makeShared(lock),
        notFull: yield* Condition.makeShared(lock),
        items: shared(3),
        counts: shared(3),
        taken: shared(2 * each)
      }
      all.counts[2] = 2 * each
      return all
    })

    for (const [puts, takes] of [["puts", "takes"], ["putsSync", "takesSync"], ["puts", "takesSync"]] as const) {
      it.effect(`hands on each item once: ${puts} and ${takes} in workers, others here`, () =>
        Effect.gen(function*() {
          const all = yield* ring
          const work: ReadonlyArray<Effect.Effect<unknown, unknown, WorkerPool.WorkerPool>> = [
            tasks[puts](all, 0, each),
            tasks[takes](all),
            ours.puts(all, each, 2 * each),
            ours.takes(all),
            ours.takes(all)
          ]
          yield* Effect.all(work, { concurrency: "unbounded" })
          assert.deepStrictEqual(Array.from(all.taken), Array<number>(2 * each).fill(1))
          assert.deepStrictEqual(Array.from(all.counts), Array<number>(3).fill(2 * each))
        }), 60_000)
    }

    it.effect(
      "a blocked sleeper and the fibers that it blocks have a notification each, and it has the first",
      () =>
        Effect.gen(function*() {
          const condition = yield* Condition.makeShared()
          const asleep = shared(1)
          const task = yield* Effect.forkChild(tasks.sleepsThrice(condition, asleep))
          yield* untilAsleep(condition, asleep, 3)
          yield* notify(condition)
          yield* untilAsleep(condition, asleep, 2)
          yield* notify(condition, 2)
          yield* Fiber.join(task)
        }),
      60_000
    )

    it.effect("a blocked sleeper whose task is interrupted takes no notification along", () =>
      Effect.gen(function*() {
        const condition = yield* Condition.makeShared()
        const asleep = shared(1)
        const first = yield* Effect.forkChild(tasks.sleepsSync(condition, asleep))
        yield* untilAsleep(condition, asleep, 1)
        const second = yield* Effect.forkChild(tasks.sleepsSync(condition, asleep))
        yield* untilAsleep(condition, asleep, 2)
        yield* Fiber.interrupt(first)
        yield* notify(condition)
        yield* Fiber.join(second)
      }).pipe(Effect.provide(NodeWorkerPool.layer({ size: 2, gracePeriod: 60_000 }))), 60_000)

    it.effect(
      "a worker that is killed while it sleeps, leaves the notifications to the others",
      () =>
        Effect.gen(function*() {
          const condition = yield* Condition.makeShared()
          const asleep = shared(1)
          const doomed = yield* Effect.forkChild(tasks.sleepsSync(condition, asleep))
          yield* untilAsleep(condition, asleep, 1)
          const blocked = yield* Effect.forkChild(tasks.sleepsSync(condition, asleep))
          yield* untilAsleep(condition, asleep, 2)
          const sleeper = yield* Effect.forkChild(ours.sleeps(condition, asleep))
          yield* untilAsleep(condition, asleep, 3)
          yield* Fiber.interrupt(doomed)
          yield* notify(condition, 2)
          yield* Fiber.joinAll([blocked, sleeper])
        }),
      60_000
    )

    for (const [where, other] of [["here", ours.sleeps], ["in a worker", tasks.sleepsSync]] as const) {
      it.effect(
        `a worker that ends when it was notified, and does not know, leaves that to a sleeper ${where}`,
        () =>
          Effect.gen(function*() {
            const condition = yield* Condition.makeShared()
            const [asleep, gate] = [shared(1), shared(1)]
            const doomed = yield* Effect.forkChild(Effect.exit(tasks.sleepsAndExits(condition, asleep, gate)))
            yield* untilAsleep(condition, asleep, 1)
            const sleeper = yield* Effect.forkChild(other(condition, asleep))
            yield* untilAsleep(condition, asleep, 2)
            yield* notify(condition)
            Atomics.store(gate, 0, 1)
            Atomics.notify(gate, 0)
            yield* Fiber.join(sleeper)
            yield* Fiber.join(doomed)
          }),
        60_000
      )
    }

    it.effect("all who sleep, blocked or not, hear that the lock's owner has died", () =>
      Effect.gen(function*() {
        const condition = yield* Condition.makeShared()
        const asleep = shared(1)
        const blocked = yield* Effect.forkChild(Effect.sandbox(tasks.sleepsSync(condition, asleep)))
        const sleeper = yield* Effect.forkChild(ours.sleeps(condition, asleep))
        yield* untilAsleep(condition, asleep, 2)
        yield* Effect.exit(tasks.exitsInside(condition))
        isAbandoned(yield* Fiber.await(sleeper))
        isAbandoned(yield* Fiber.await(blocked))
        assert.isTrue(yield* Condition.recover(condition, Effect.void))
        yield* notify(condition)
      }), 60_000)
  }
)
