/** What a Lock and an RLock have in common, and so a Condition on an RLock of its own, used as one. */
import { assert, describe } from "@effect/vitest"
import { Effect, Exit, Fiber, Option } from "effect"
import type { Scope } from "effect"
import { Condition, Lock, RLock, Thread } from "effect-threading"
import type { ThreadGroup } from "effect-threading"
import { TestClock } from "effect/testing"
import { inspect, stripVTControlCharacters } from "node:util"
import { collected } from "../support/garbage.ts"
import { test, turns } from "../support/nursery.ts"
import { untilWaiting, waiting } from "../support/waiters.ts"

type OnThread<A> = Effect.Effect<A, never, ThreadGroup.ThreadGroup>

interface Held {
  /** The lock itself, as it is printed. */
  readonly lock: object
  readonly acquire: OnThread<void>
  readonly acquireIfAvailable: OnThread<boolean>
  readonly acquireScoped: Effect.Effect<void, never, ThreadGroup.ThreadGroup | Scope.Scope>
  readonly release: OnThread<void>
  readonly isLocked: Effect.Effect<boolean>
  readonly withLock: <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>
}

const plain = Effect.map(Lock.make(), (lock): Held => ({
  lock,
  acquire: Lock.acquire(lock),
  acquireIfAvailable: Lock.acquireIfAvailable(lock),
  acquireScoped: Lock.acquireScoped(lock),
  release: Lock.release(lock),
  isLocked: Lock.isLocked(lock),
  withLock: Lock.withLock(lock)
}))

const reentrant = Effect.map(RLock.make(), (lock): Held => ({
  lock,
  acquire: RLock.acquire(lock),
  acquireIfAvailable: RLock.acquireIfAvailable(lock),
  acquireScoped: RLock.acquireScoped(lock),
  release: RLock.release(lock),
  isLocked: RLock.isLocked(lock),
  withLock: RLock.withLock(lock)
}))

const condition = Effect.gen(function*() {
  const lock = yield* RLock.make()
  const condition = yield* Condition.make(lock)
  const held: Held = {
    lock,
    acquire: Condition.acquire(condition),
    acquireIfAvailable: Condition.acquireIfAvailable(condition),
    acquireScoped: Condition.acquireScoped(condition),
    release: Condition.release(condition),
    isLocked: Condition.isLocked(condition),
    withLock: Condition.withLock(condition)
  }
  return held
})

const onAnotherThread = <A, E>(effect: Effect.Effect<A, E, ThreadGroup.ThreadGroup>) =>
  Effect.flatMap(Thread.fork(effect), (thread) => Thread.join(thread))

for (
  const [name, make, kind, suffix] of [
    ["Lock", plain, "Lock", ""],
    ["RLock", reentrant, "RLock", ""],
    ["Condition as an RLock", condition, "RLock", " [test_threading.ConditionAsRLockTests.test_recursion_count]"]
  ] as const
) {
  const also = (id: string) => ` [lock_tests.BaseLockTests.${id}]${suffix}`

  describe(name, () => {
    test(
      `a new one is not held${also("test_constructor")}`,
      Effect.gen(function*() {
        const { acquireIfAvailable, isLocked } = yield* make
        assert.isFalse(yield* isLocked)
        assert.isTrue(yield* acquireIfAvailable)
      })
    )

    test(
      `it prints as unlocked, then as locked, with its kind and a name of its own${
        also("test_repr")
      } [lock_tests.BaseLockTests.test_locked_repr]`,
      Effect.gen(function*() {
        const { acquire, lock, release } = yield* make
        const other = yield* make
        const unlocked = String(lock)
        assert.match(unlocked, new RegExp(`^${kind}-\\d+\\(unlocked\\b`))
        assert.notStrictEqual(String(other.lock), unlocked)
        assert.strictEqual(stripVTControlCharacters(inspect(lock)), unlocked)
        yield* acquire
        assert.match(String(lock), new RegExp(`^${kind}-\\d+\\(locked\\b`))
        assert.strictEqual(String(lock).split("(")[0], unlocked.split("(")[0])
        yield* release
        assert.strictEqual(String(lock), unlocked)
      })
    )

    test(
      `one that is dropped while it is held leaves nothing behind${also("test_acquire_destroy")}`,
      Effect.gen(function*() {
        yield* collected(Effect.flatMap(make, ({ acquire, lock }) => Effect.as(acquire, lock)))
        assert.strictEqual(yield* Thread.activeCount, 1)
      })
    )

    test(
      `acquire takes it and release frees it${also("test_acquire_release")}`,
      Effect.gen(function*() {
        const { acquire, isLocked, release } = yield* make
        yield* acquire
        assert.isTrue(yield* isLocked)
        yield* release
        assert.isFalse(yield* isLocked)
      })
    )

    test(
      `acquireIfAvailable takes a free one${also("test_try_acquire")}`,
      Effect.gen(function*() {
        const { acquireIfAvailable, isLocked, release } = yield* make
        assert.isTrue(yield* acquireIfAvailable)
        assert.isTrue(yield* isLocked)
        yield* release
        assert.isFalse(yield* isLocked)
      })
    )

    test(
      `acquireIfAvailable on another thread is refused a held one, and does not suspend${
        also("test_try_acquire_contended")
      }`,
      Effect.gen(function*() {
        const { acquire, acquireIfAvailable, isLocked } = yield* make
        yield* acquire
        const attempt = Effect.gen(function*() {
          let haveOthersRun = false
          yield* Effect.forkChild(Effect.sync(() => haveOthersRun = true))
          const answer = yield* acquireIfAvailable
          return [answer, haveOthersRun]
        })
        assert.deepStrictEqual(yield* onAnotherThread(attempt), [false, false])
        assert.isTrue(yield* isLocked)
      })
    )

    test(
      `five threads wait for a held one, and all get it in turn${also("test_acquire_contended")}`,
      Effect.gen(function*() {
        const { acquire, isLocked, lock, release } = yield* make
        let finished = 0
        let inside = 0
        yield* acquire
        const body = Effect.gen(function*() {
          yield* acquire
          assert.strictEqual(++inside, 1)
          yield* Effect.yieldNow
          inside--
          yield* release
          finished++
        })
        const threads = yield* Effect.replicateEffect(Thread.fork(body), 5)
        yield* untilWaiting(lock, 5)
        yield* TestClock.adjust("50 millis")
        yield* turns
        assert.strictEqual(finished, 0)
        yield* release
        yield* Effect.forEach(threads, (thread) => Thread.join(thread))
        assert.strictEqual(finished, 5)
        assert.isFalse(yield* isLocked)
      })
    )

    test(
      `withLock frees it on success and on failure, and fails with the same error${also("test_with")}`,
      Effect.gen(function*() {
        const { acquire, isLocked, release, withLock } = yield* make
        const anotherCanHaveIt = onAnotherThread(Effect.andThen(acquire, release))
        assert.deepStrictEqual(yield* withLock(Effect.map(isLocked, (locked) => ({ locked }))), { locked: true })
        yield* anotherCanHaveIt
        const error = new TypeError("of the body")
        for (const fail of [Effect.fail, Effect.die]) {
          const exit = yield* Effect.exit(withLock(fail(error)))
          assert.deepStrictEqual(exit, fail === Effect.fail ? Exit.fail(error) : Exit.die(error))
          yield* anotherCanHaveIt
        }
      })
    )

    test(
      `fifteen fibers that no thread started use it without becoming threads${also("test_thread_leak")}`,
      Effect.gen(function*() {
        const { isLocked, withLock } = yield* make
        const before = yield* Thread.enumerate
        let most = 0
        const use = Effect.gen(function*() {
          yield* Effect.yieldNow
          most = Math.max(most, (yield* Thread.enumerate).length)
        })
        // Run from the outside: these fibers have no thread and no region.
        const fibers = Array.from({ length: 15 }, () => Effect.runFork(withLock(use)))
        yield* Fiber.joinAll(fibers)
        assert.strictEqual(most, before.length)
        assert.deepStrictEqual(yield* Thread.enumerate, before)
        assert.isFalse(yield* isLocked)
      })
    )

    test(
      `a time-out does not delay taking a free one, and ends waiting for a held one when it is over${
        also("test_timeout")
      }`,
      Effect.gen(function*() {
        const { acquire, acquireScoped, lock } = yield* make
        for (const limit of ["5 seconds", "1000000 days", Infinity] as const) {
          const answer = yield* Effect.scoped(Effect.timeoutOption(acquireScoped, limit))
          assert.isTrue(Option.isSome(answer))
        }
        yield* acquire
        const thread = yield* Thread.fork(Effect.timeoutOption(acquireScoped, "500 millis"))
        yield* untilWaiting(lock, 1)
        yield* TestClock.adjust("499 millis")
        assert.isTrue(yield* Thread.isAlive(thread))
        yield* TestClock.adjust("1 millis")
        assert.isTrue(Option.isNone(yield* Thread.join(thread)))
      })
    )

    test(
      `a thread that is interrupted while it waits ends at once, and never takes it [doc:Lock.interrupted_acquire]`,
      Effect.gen(function*() {
        const { acquire, isLocked, lock, release } = yield* make
        yield* acquire
        const thread = yield* Thread.fork(Effect.timeoutOption(acquire, "5 seconds"))
        yield* untilWaiting(lock, 1)
        yield* TestClock.adjust("1 second")
        yield* Thread.interrupt(thread)
        assert.isTrue(Exit.hasInterrupts(yield* Thread.await(thread)))
        assert.isTrue(yield* isLocked)
        yield* release
        yield* turns
        assert.isFalse(yield* isLocked)
      })
    )

    test(
      `a waiter that is interrupted after a release let it go on, and before it did, passes the lock on [doc:Lock.interrupted_acquire] [doc:Lock.release.wakes_exactly_one]`,
      Effect.gen(function*() {
        const { acquire, isLocked, lock, release, withLock } = yield* make
        let ran = 0
        yield* acquire
        const body = withLock(Effect.sync(() => void ran++))
        const interrupted = yield* Thread.fork(body)
        yield* untilWaiting(lock, 1)
        const next = yield* Thread.fork(body)
        yield* untilWaiting(lock, 2)
        yield* release
        assert.strictEqual(waiting(lock), 1)
        yield* Thread.interrupt(interrupted)
        yield* Thread.join(next)
        assert.strictEqual(ran, 1)
        assert.isFalse(yield* isLocked)
      })
    )
  })
}
