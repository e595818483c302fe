/** Ends of a wait that come at an awkward moment: without the lock, under another's hold, in the middle of a barrier's action. */
import { assert, it } from "@effect/vitest"
import { Cause, Deferred, Effect, Exit } from "effect"
import { Barrier, Condition, RLock, Thread, ThreadGroup } from "effect-threading"
import { untilWaiting } from "../support/waiters.ts"

/** Lets every thread come as far as it can. */
const settle = Effect.replicateEffect(Effect.yieldNow, 50, { discard: true })

it.effect("Condition.waitFor dies without the lock also if its predicate is true, and doesn't look", () =>
  Effect.gen(function*() {
    const condition = yield* Condition.make()
    let looks = 0
    const exit = yield* Effect.exit(Condition.waitFor(condition, () => ++looks > 0))
    assert.isTrue(Exit.isFailure(exit) && Cause.squash(exit.cause) instanceof Condition.LockNotHeldError)
    assert.strictEqual(looks, 0)
  }))

it.effect("Condition.wait, interrupted, takes a raw hold back as deep as it was, once another gave the lock up", () =>
  Effect.gen(function*() {
    const lock = yield* RLock.make()
    const condition = yield* Condition.make(lock)
    let depth = 0
    const thread = yield* Thread.fork(Effect.gen(function*() {
      for (let n = 0; n < 3; n++) yield* RLock.acquire(lock)
      yield* Effect.onInterrupt(Condition.wait(condition), () =>
        Effect.gen(function*() {
          depth = yield* RLock.recursionCount(lock)
          for (let n = 0; n < 3; n++) yield* RLock.release(lock)
        }))
    }))
    yield* untilWaiting(condition, 1)
    const interrupter = yield* RLock.withLock(
      lock,
      Effect.gen(function*() {
        const interrupter = yield* Thread.fork(Thread.interrupt(thread))
        yield* untilWaiting(lock, 1)
        yield* settle
        assert.deepStrictEqual([yield* Thread.isAlive(thread), depth], [true, 0])
        return interrupter
      })
    )
    yield* Thread.join(interrupter)
    assert.strictEqual(depth, 3)
    assert.isFalse(yield* RLock.isLocked(lock))
  }).pipe(ThreadGroup.supervise))

for (const [name, end, broken] of [["reset", Barrier.reset, false], ["abort", Barrier.abort, true]] as const) {
  it.effect(`Barrier.${name} while the action runs fails the whole round, the action's runner too`, () =>
    Effect.gen(function*() {
      const open = yield* Deferred.make<void>()
      const started = yield* Deferred.make<void>()
      const barrier = yield* Barrier.make(2, {
        action: Effect.andThen(Deferred.succeed(started, undefined), Deferred.await(open))
      })
      const both = yield* Effect.replicateEffect(Thread.fork(Effect.exit(Barrier.wait(barrier))), 2)
      yield* Deferred.await(started)
      yield* end(barrier)
      yield* Deferred.succeed(open, undefined)
      for (const thread of both) {
        const exit = yield* Thread.join(thread)
        assert.isTrue(Exit.isFailure(exit) && Cause.squash(exit.cause) instanceof Barrier.BrokenBarrierError)
      }
      assert.deepStrictEqual([yield* Barrier.isBroken(barrier), yield* Barrier.waiting(barrier)], [broken, 0])
    }).pipe(ThreadGroup.supervise))
}
