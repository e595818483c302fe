import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Fiber } from "effect"
import { Condition, Lock, RLock, Thread, ThreadGroup } from "effect-threading"
import { conditionContract } from "./contracts/condition.ts"
import type { Held } from "./contracts/condition.ts"
import { until, untilWaiting } from "./support/waiters.ts"

conditionContract(
  "Condition on a lock",
  Effect.gen(function*() {
    const lock = yield* Lock.make()
    return {
      lock,
      condition: yield* Condition.make(lock),
      isFree: Effect.map(Lock.isLocked(lock), (isLocked) => !isLocked),
      hold: (body) =>
        Lock.withLock(
          lock,
          Effect.onExit(body, () => Effect.map(Lock.isLocked(lock), (isLocked) => assert.isTrue(isLocked)))
        )
    }
  })
)

const onRLock = (depth: number): Effect.Effect<Held> =>
  Effect.gen(function*() {
    const lock = yield* RLock.make()
    const nest = <A, E, R>(body: Effect.Effect<A, E, R>, left: number): Effect.Effect<A, E, R> =>
      left === 0 ? body : RLock.withLock(lock, Effect.suspend(() => nest(body, left - 1)))
    return {
      lock,
      condition: yield* Condition.make(lock),
      isFree: Effect.map(RLock.isLocked(lock), (isLocked) => !isLocked),
      hold: (body) =>
        nest(
          Effect.onExit(
            body,
            () => Effect.map(RLock.recursionCount(lock), (count) => assert.strictEqual(count, depth))
          ),
          depth
        )
    }
  })

conditionContract("Condition on a re-entrant lock held once", onRLock(1))
conditionContract("Condition on a re-entrant lock held twice", onRLock(2))
conditionContract("Condition on a re-entrant lock held three times", onRLock(3))

describe("Condition", () => {
  it.effect("a second fiber that waits through a hold that another one waits through dies", () =>
    ThreadGroup.supervise(Effect.gen(function*() {
      const condition = yield* Condition.make()
      const wait = Condition.wait(condition)
      const thread = yield* Thread.fork(Effect.exit(Condition.withLock(
        condition,
        Effect.all([wait, wait], {
          concurrency: "unbounded"
        })
      )))
      const exit = yield* Thread.join(thread)
      assert.match(String(exit), /ConditionHoldSharedError|LockNotHeldError/)
    })))

  it.effect("a sleeper whose lock is held deeper by a sibling gives it back once that one has ended", () =>
    ThreadGroup.supervise(Effect.gen(function*() {
      const lock = yield* RLock.make()
      const condition = yield* Condition.make(lock)
      const order: Array<string> = []
      const deeper = RLock.withLock(
        lock,
        Effect.gen(function*() {
          yield* untilWaiting(condition, 1)
          order.push("deeper")
        })
      )
      const sleeper = Effect.andThen(Effect.yieldNow, Condition.wait(condition))
      const thread = yield* Thread.fork(
        RLock.withLock(lock, Effect.all([deeper, sleeper], { concurrency: "unbounded" }))
      )
      yield* untilWaiting(condition, 1)
      yield* RLock.withLock(
        lock,
        Effect.gen(function*() {
          order.push("outside")
          yield* Condition.notify(condition)
        })
      )
      yield* Thread.join(thread)
      assert.deepStrictEqual(order, ["deeper", "outside"])
      assert.isFalse(yield* RLock.isLocked(lock))
    })))

  it.effect("a sleeper whose holds have all ended meanwhile wakes without the lock, and leaves it free", () =>
    ThreadGroup.supervise(Effect.gen(function*() {
      const lock = yield* RLock.make()
      const condition = yield* Condition.make(lock)
      const isOwnedAfter = Effect.andThen(Condition.wait(condition), RLock.isOwned(lock))
      const sleeper = yield* RLock.withLock(
        lock,
        RLock.withLock(lock, Effect.tap(Effect.forkChild(isOwnedAfter), () => untilWaiting(condition, 1)))
      )
      yield* RLock.withLock(lock, Condition.notify(condition))
      assert.isFalse(yield* Fiber.join(sleeper))
      assert.isFalse(yield* RLock.isLocked(lock))
    })))

  it.effect("a sleeper gets back the holds that have not ended meanwhile, and no others", () =>
    ThreadGroup.supervise(Effect.gen(function*() {
      const lock = yield* RLock.make()
      const condition = yield* Condition.make(lock)
      const countAfter = Effect.andThen(Condition.wait(condition), RLock.recursionCount(lock))
      const thread = yield* Thread.fork(RLock.withLock(
        lock,
        Effect.gen(function*() {
          const sleeper = yield* RLock.withLock(
            lock,
            Effect.tap(Effect.forkChild(countAfter), () => untilWaiting(condition, 1))
          )
          return yield* Fiber.join(sleeper)
        })
      ))
      yield* untilWaiting(condition, 1)
      yield* until(() => !Effect.runSync(RLock.isLocked(lock)), () => "it is given back")
      for (let step = 0; step < 5; step++) yield* Effect.yieldNow
      yield* RLock.withLock(lock, Condition.notify(condition))
      assert.strictEqual(yield* Thread.join(thread), 1)
      assert.isFalse(yield* RLock.isLocked(lock))
    })))

  it.effect("waitFor that is given up inside the hold, after a notification and before the next look, passes it on", () =>
    ThreadGroup.supervise(Effect.gen(function*() {
      const condition = yield* Condition.make()
      const looking = yield* Deferred.make<void>()
      let [looks, isReady] = [0, false]
      // The second look is where it is given up; the hold itself ends well.
      const look = Effect.suspend(() =>
        ++looks === 2 ? Effect.andThen(Deferred.succeed(looking, undefined), Effect.never) : Effect.succeed(false)
      )
      const first = yield* Thread.fork(Condition.withLock(
        condition,
        Effect.raceFirst(Condition.waitFor(condition, look), Deferred.await(looking))
      ))
      yield* untilWaiting(condition, 1)
      const second = yield* Thread.fork(Condition.withLock(condition, Condition.waitFor(condition, () => isReady)))
      yield* untilWaiting(condition, 2)
      yield* Condition.withLock(
        condition,
        Effect.suspend(() => {
          isReady = true
          return Condition.notify(condition)
        })
      )
      yield* Thread.join(first)
      yield* until(() => !Effect.runSync(Thread.isAlive(second)), () => "the second one is woken")
    })))
})
