/** Re-entrant locks as CPython has them: acquired and released by threads, and counted. */
import { assert, describe, it } from "@effect/vitest"
import { Cause, Effect, Exit, Option } from "effect"
import { Condition, RLock, Thread, ThreadGroup } from "effect-threading"
import { TestClock } from "effect/testing"

/** Lets every thread come as far as it can. */
const settle = Effect.replicateEffect(Effect.yieldNow, 50, { discard: true })

const elsewhere = <A, E>(effect: Effect.Effect<A, E, ThreadGroup.ThreadGroup>) =>
  Effect.flatMap(Thread.fork(effect), Thread.join)

const diesNotHeld = <E, R>(effect: Effect.Effect<unknown, E, R>) =>
  Effect.map(Effect.exit(effect), (exit) => {
    assert.isTrue(Exit.isFailure(exit) && Cause.squash(exit.cause) instanceof RLock.LockNotHeldError)
  })

describe("RLock", () => {
  it.effect("is acquired again by its owner without waiting [lock_tests.RLockTests.test_reacquire]", () =>
    Effect.gen(function*() {
      const lock = yield* RLock.make()
      const steps = [RLock.acquire, RLock.acquire, RLock.release, RLock.acquire, RLock.release, RLock.release]
      for (const step of steps) yield* step(lock)
      assert.isFalse(yield* RLock.isLocked(lock))
    }).pipe(ThreadGroup.supervise))

  it.effect(
    "dies when it is released more often than acquired [lock_tests.RLockTests.test_release_unacquired]",
    () =>
      Effect.gen(function*() {
        const lock = yield* RLock.make()
        yield* diesNotHeld(RLock.release(lock))
        const steps = [RLock.acquire, RLock.acquire, RLock.release, RLock.acquire, RLock.release, RLock.release]
        for (const step of steps) yield* step(lock)
        yield* diesNotHeld(RLock.release(lock))
      }).pipe(ThreadGroup.supervise)
  )

  it.effect(
    "cannot be given back for a condition by who does not hold it [lock_tests.RLockTests.test_release_save_unacquired]",
    () =>
      Effect.gen(function*() {
        const lock = yield* RLock.make()
        const condition = yield* Condition.make(lock)
        yield* diesNotHeld(Condition.wait(condition))
        yield* RLock.acquire(lock)
        yield* RLock.release(lock)
        yield* diesNotHeld(Condition.wait(condition))
      }).pipe(ThreadGroup.supervise)
  )

  it.effect(
    "tells a thread how often that thread holds it [lock_tests.RLockTests.test_recursion_count]",
    () =>
      Effect.gen(function*() {
        const lock = yield* RLock.make()
        const counts: Array<number> = []
        const look = Effect.map(RLock.recursionCount(lock), (count) => counts.push(count))
        yield* look
        yield* RLock.acquire(lock)
        yield* look
        yield* RLock.acquire(lock)
        yield* RLock.acquire(lock)
        yield* look
        yield* RLock.release(lock)
        yield* look
        assert.strictEqual(yield* elsewhere(RLock.recursionCount(lock)), 0)
        yield* RLock.release(lock)
        yield* RLock.release(lock)
        yield* look
        assert.deepStrictEqual(counts, [0, 1, 3, 2, 0])
      }).pipe(ThreadGroup.supervise)
  )

  it.effect("is not freed by another thread's release [lock_tests.RLockTests.test_different_thread]", () =>
    Effect.gen(function*() {
      const lock = yield* RLock.make()
      const holder = yield* Thread.fork(Effect.andThen(RLock.acquire(lock), Effect.never), { daemon: true })
      yield* settle
      yield* diesNotHeld(RLock.release(lock))
      assert.isTrue(yield* RLock.isLocked(lock))
      assert.isFalse(yield* RLock.acquireIfAvailable(lock))
      yield* Thread.interrupt(holder)
    }).pipe(ThreadGroup.supervise))

  it.effect("tells whether the caller owns it [lock_tests.RLockTests.test__is_owned]", () =>
    Effect.gen(function*() {
      const lock = yield* RLock.make()
      const owned: Array<boolean> = []
      const look = Effect.map(RLock.isOwned(lock), (isOwned) => owned.push(isOwned))
      yield* look
      yield* RLock.acquire(lock)
      yield* look
      yield* RLock.acquire(lock)
      yield* look
      assert.isFalse(yield* elsewhere(RLock.isOwned(lock)))
      yield* RLock.release(lock)
      yield* look
      yield* RLock.release(lock)
      yield* look
      assert.deepStrictEqual(owned, [false, true, true, true, false])
    }).pipe(ThreadGroup.supervise))

  it.effect(
    "tells every thread whether it is locked [doc:3.14:RLock.locked] [doc:3.14:RLock.locked_other_thread]",
    () =>
      Effect.gen(function*() {
        const lock = yield* RLock.make()
        const locked: Array<boolean> = []
        const look = Effect.map(RLock.isLocked(lock), (isLocked) => locked.push(isLocked))
        for (const step of [Effect.void, RLock.acquire(lock), RLock.acquire(lock), RLock.release(lock)]) {
          yield* step
          yield* look
        }
        assert.isTrue(yield* elsewhere(RLock.isLocked(lock)))
        yield* RLock.release(lock)
        yield* look
        assert.deepStrictEqual(locked, [false, true, true, true, false])
      }).pipe(ThreadGroup.supervise)
  )

  it.effect(
    "tells in its string who holds it and how deep, to every thread [doc:3.14:RLock.repr_count]",
    () =>
      Effect.gen(function*() {
        const lock = yield* RLock.make()
        assert.match(String(lock), /^RLock-\d+\(unlocked, depth 0,/)
        yield* RLock.acquire(lock)
        yield* RLock.acquire(lock)
        const text = yield* elsewhere(Effect.sync(() => String(lock)))
        assert.match(text, /\(locked by MainThread, depth 2,/)
        assert.strictEqual(text, String(lock))
        yield* RLock.release(lock)
        yield* RLock.release(lock)
      }).pipe(ThreadGroup.supervise)
  )

  it.effect(
    "is had at once by its owner, and not by another, with no time to wait [doc:RLock.nonblocking_owner] [doc:RLock.nonblocking_other]",
    () =>
      Effect.gen(function*() {
        const lock = yield* RLock.make()
        const timed = (time: number) => Effect.timeoutOption(RLock.withLock(lock, RLock.recursionCount(lock)), time)
        yield* RLock.acquire(lock)
        assert.isTrue(yield* RLock.acquireIfAvailable(lock))
        assert.deepStrictEqual(yield* timed(0), Option.some(3))
        assert.strictEqual(yield* RLock.recursionCount(lock), 2)
        const other = yield* Thread.fork(Effect.all([RLock.acquireIfAvailable(lock), timed(50)]))
        yield* settle
        yield* TestClock.adjust(50)
        assert.deepStrictEqual(yield* Thread.join(other), [false, Option.none()])
        assert.strictEqual(yield* RLock.recursionCount(lock), 2)
        yield* RLock.release(lock)
        yield* RLock.release(lock)
      }).pipe(ThreadGroup.supervise)
  )

  it.effect(
    "goes to a waiter once its owner released it as often as acquired, and is held once there [doc:RLock.handover_after_full_release]",
    () =>
      Effect.gen(function*() {
        const lock = yield* RLock.make()
        yield* RLock.acquire(lock)
        yield* RLock.acquire(lock)
        const waiter = yield* Thread.fork(RLock.withLock(lock, RLock.recursionCount(lock)))
        yield* settle
        yield* RLock.release(lock)
        yield* settle
        assert.isTrue(yield* Thread.isAlive(waiter))
        yield* RLock.release(lock)
        assert.strictEqual(yield* Thread.join(waiter), 1)
      }).pipe(ThreadGroup.supervise)
  )

  it.effect(
    "is owned by calls nested in a hold, and not by a thread that is started there [doc:RLock.owner_is_thread_not_scope]",
    () =>
      Effect.gen(function*() {
        const lock = yield* RLock.make()
        const nested = RLock.withLock(lock, RLock.recursionCount(lock))
        const answer = yield* RLock.withLock(
          lock,
          Effect.all([nested, elsewhere(RLock.isOwned(lock)), elsewhere(RLock.acquireIfAvailable(lock))])
        )
        assert.deepStrictEqual(answer, [2, false, false])
      }).pipe(ThreadGroup.supervise)
  )
})
