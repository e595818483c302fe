/** Conditions as CPython has them: their lock, and what needs it. */
import { assert, describe, it } from "@effect/vitest"
import { Cause, Effect, Exit } from "effect"
import { Condition, Lock, RLock, Thread, ThreadGroup } from "effect-threading"

/** Lets every thread come as far as it can. */
const settle = Effect.replicateEffect(Effect.yieldNow, 50, { discard: true })

const diesWithoutLock = <E, R>(effect: Effect.Effect<unknown, E, R>) =>
  Effect.map(Effect.exit(effect), (exit) => {
    assert.isTrue(
      Exit.isFailure(exit) && Cause.hasDies(exit.cause)
        && Cause.squash(exit.cause) instanceof Condition.LockNotHeldError
    )
  })

const kinds = [["a Lock", Lock.make], ["an RLock", RLock.make]] as const

describe("Condition and its lock", () => {
  it.effect(
    "is re-entrant on its own, and else is the lock it was given [lock_tests.ConditionTests.test_acquire] [doc:Condition.default_lock_is_reentrant]",
    () =>
      Effect.gen(function*() {
        const own = yield* Condition.make()
        yield* Condition.acquire(own)
        yield* Condition.acquire(own)
        yield* Condition.release(own)
        yield* Condition.release(own)
        const helper = Condition.withLock(own, Effect.succeed("entered again"))
        assert.strictEqual(yield* Condition.withLock(own, helper), "entered again")

        const lock = yield* Lock.make()
        const condition = yield* Condition.make(lock)
        yield* Condition.acquire(condition)
        assert.isFalse(yield* Lock.acquireIfAvailable(lock))
        yield* Condition.release(condition)
        yield* Lock.acquire(lock)
        assert.isFalse(yield* Condition.acquireIfAvailable(condition))
        yield* Lock.release(lock)
        assert.isTrue(yield* Condition.withLock(condition, Lock.isLocked(lock)))
        assert.isFalse(yield* Lock.isLocked(lock))
      }).pipe(ThreadGroup.supervise)
  )

  it.effect(
    "is not re-entrant on a Lock [doc:Condition.lock_based_nonreentrant]",
    () =>
      Effect.gen(function*() {
        const condition = yield* Condition.make(yield* Lock.make())
        yield* Condition.acquire(condition)
        assert.isFalse(yield* Condition.acquireIfAvailable(condition))
        yield* Condition.release(condition)
      }).pipe(ThreadGroup.supervise)
  )

  for (const [kind, make] of kinds) {
    it.effect(
      `dies of waiting or notifying without the lock, on ${kind} [lock_tests.ConditionTests.test_unacquired_wait] [lock_tests.ConditionTests.test_unacquired_notify] [doc:Condition.notify_all_unowned]`,
      () =>
        Effect.gen(function*() {
          const condition = yield* Condition.make(yield* make())
          yield* diesWithoutLock(Condition.wait(condition))
          yield* diesWithoutLock(Condition.waitFor(condition, () => false))
          yield* diesWithoutLock(Condition.notify(condition))
          yield* diesWithoutLock(Condition.notifyAll(condition))
          // Somebody else's hold does not help.
          const holder = yield* Thread.fork(Condition.withLock(condition, Effect.never), { daemon: true })
          yield* settle
          yield* diesWithoutLock(Condition.notify(condition))
          yield* diesWithoutLock(Condition.wait(condition))
          yield* Thread.interrupt(holder)
        }).pipe(ThreadGroup.supervise)
    )
  }

  it.effect("tells whether its lock is held, by whomever [doc:3.14:Condition.locked]", () =>
    Effect.gen(function*() {
      const lock = yield* Lock.make()
      const onLock = yield* Condition.make(lock)
      const onItsOwn = yield* Condition.make()
      const looks = Effect.all([Condition.isLocked(onLock), Condition.isLocked(onItsOwn)])
      assert.deepStrictEqual(yield* looks, [false, false])
      assert.deepStrictEqual(yield* Lock.withLock(lock, looks), [true, false])
      const twice = Condition.withLock(onItsOwn, Condition.withLock(onItsOwn, looks))
      assert.deepStrictEqual(yield* twice, [false, true])
      const holder = yield* Thread.fork(Condition.withLock(onItsOwn, Effect.never), { daemon: true })
      yield* settle
      assert.deepStrictEqual(yield* looks, [false, true])
      yield* Thread.interrupt(holder)
      assert.deepStrictEqual(yield* looks, [false, false])
    }).pipe(ThreadGroup.supervise))

  it.effect(
    "is acquired, counted and released as an RLock is, but does not tell the count [test_threading.ConditionAsRLockTests.test_recursion_count]",
    () =>
      Effect.gen(function*() {
        const condition = yield* Condition.make()
        const steps = [Condition.acquire, Condition.acquire, Condition.release, Condition.acquire, Condition.release]
        yield* diesWithoutLock(Condition.release(condition))
        for (const step of steps) yield* step(condition)
        assert.isTrue(yield* Condition.isLocked(condition))
        yield* Condition.release(condition)
        assert.isFalse(yield* Condition.isLocked(condition))
        yield* diesWithoutLock(Condition.release(condition))

        const holder = yield* Thread.fork(Effect.andThen(Condition.acquire(condition), Effect.never), { daemon: true })
        yield* settle
        yield* diesWithoutLock(Condition.release(condition))
        assert.isTrue(yield* Condition.isLocked(condition))
        yield* Thread.interrupt(holder)
        assert.notProperty(Condition, "recursionCount")
      }).pipe(ThreadGroup.supervise)
  )

  it.effect(
    "gives a re-entrant lock back however deep it is held, and then is as deep again [doc:Condition.wait.releases_full_depth]",
    () =>
      Effect.gen(function*() {
        const lock = yield* RLock.make()
        const condition = yield* Condition.make(lock)
        const scoped = yield* Thread.fork(
          RLock.withLock(
            lock,
            RLock.withLock(
              lock,
              RLock.withLock(lock, Effect.andThen(Condition.wait(condition), RLock.recursionCount(lock)))
            )
          )
        )
        const raw = yield* Thread.fork(Effect.gen(function*() {
          for (let depth = 0; depth < 3; depth++) yield* RLock.acquire(lock)
          yield* Condition.wait(condition)
          const depth = yield* RLock.recursionCount(lock)
          for (let left = 3; left > 0; left--) yield* RLock.release(lock)
          return depth
        }))
        yield* settle
        // Another thread gets the lock while they sleep.
        const depth = yield* RLock.withLock(
          lock,
          Effect.andThen(Condition.notifyAll(condition), RLock.recursionCount(lock))
        )
        assert.strictEqual(depth, 1)
        assert.deepStrictEqual([yield* Thread.join(scoped), yield* Thread.join(raw)], [3, 3])
        assert.isFalse(yield* RLock.isLocked(lock))
      }).pipe(ThreadGroup.supervise)
  )
})
