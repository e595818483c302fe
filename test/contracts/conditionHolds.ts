/** What a condition does with holds that are shared, nested, or end while they are given back. */
import { assert } from "@effect/vitest"
import { Deferred, Effect, Fiber } from "effect"
import { Thread } from "effect-threading"
import type { Condition, Lock, RLock, ThreadGroup } from "effect-threading"
import type { Case } from "../support/contract.ts"
import { until, untilWaiting, waiting } from "../support/waiters.ts"
import type { ConditionApi, Held } from "./condition.ts"

type Make = Pick<typeof Condition, "make">

/** A condition on a lock, held once. */
export const heldLock = (condition: Make, lock: Pick<typeof Lock, "make" | "withLock" | "isLocked">) =>
  Effect.gen(function*() {
    const made = yield* lock.make()
    const held: Held = {
      lock: made,
      condition: yield* condition.make(made),
      isFree: Effect.map(lock.isLocked(made), (isLocked) => !isLocked),
      hold: (body) =>
        lock.withLock(
          made,
          Effect.onExit(body, () => Effect.map(lock.isLocked(made), (isLocked) => assert.isTrue(isLocked)))
        )
    }
    return held
  })

type RLockApi = Pick<typeof RLock, "make" | "withLock" | "isLocked" | "isOwned" | "recursionCount">

/** A condition on a re-entrant lock, held as deep. */
export const heldRLock = (condition: Make, rlock: RLockApi, depth: number) =>
  Effect.gen(function*() {
    const lock = yield* rlock.make()
    const nest = <A, E, R>(body: Effect.Effect<A, E, R>, left: number): Effect.Effect<A, E, R> =>
      left === 0 ? body : rlock.withLock(lock, Effect.suspend(() => nest(body, left - 1)))
    const isAsDeep = Effect.map(rlock.recursionCount(lock), (count) => assert.strictEqual(count, depth))
    const held: Held = {
      lock,
      condition: yield* condition.make(lock),
      isFree: Effect.map(rlock.isLocked(lock), (isLocked) => !isLocked),
      hold: (body) => nest(Effect.onExit(body, () => isAsDeep), depth)
    }
    return held
  })

type Body = (
  lock: RLock.RLock,
  condition: Condition.Condition
) => Effect.Effect<void, unknown, ThreadGroup.ThreadGroup>

export const conditionHoldCases = (api: ConditionApi & Make, rlock: RLockApi): ReadonlyArray<Case> => {
  const { notify, wait, waitFor } = api
  const { isLocked, isOwned, recursionCount, withLock } = rlock
  const on = (title: string, body: Body): Case => ({
    title,
    body: Effect.gen(function*() {
      const lock = yield* rlock.make()
      const condition = yield* api.make(lock)
      yield* body(lock, condition)
      assert.isFalse(yield* isLocked(lock), "the lock is free at the end")
      assert.deepStrictEqual([waiting(condition), waiting(lock)], [0, 0], "nobody waits at the end")
    })
  })

  return [
    on(
      "a second fiber that waits through a hold that another one waits through dies",
      (lock, condition) =>
        Effect.gen(function*() {
          const both = Effect.all([wait(condition), wait(condition)], { concurrency: "unbounded" })
          const thread = yield* Thread.fork(Effect.exit(withLock(lock, both)))
          const exit = yield* Thread.join(thread)
          assert.match(String(exit), /ConditionHoldSharedError|LockNotHeldError/)
        })
    ),

    on(
      "a sleeper whose lock is held deeper by a sibling gives it back once that one has ended",
      (lock, condition) =>
        Effect.gen(function*() {
          const order: Array<string> = []
          const isDeeper = yield* Deferred.make<void>()
          const deeper = withLock(
            lock,
            Effect.gen(function*() {
              yield* Deferred.succeed(isDeeper, undefined)
              yield* untilWaiting(condition, 1)
              order.push("deeper")
            })
          )
          const sleeper = Effect.andThen(Deferred.await(isDeeper), wait(condition))
          const thread = yield* Thread.fork(withLock(lock, Effect.all([deeper, sleeper], { concurrency: "unbounded" })))
          yield* untilWaiting(condition, 1)
          yield* withLock(
            lock,
            Effect.gen(function*() {
              order.push("outside")
              yield* notify(condition)
            })
          )
          yield* Thread.join(thread)
          assert.deepStrictEqual(order, ["deeper", "outside"])
        })
    ),

    on(
      "a sleeper whose holds have all ended meanwhile wakes without the lock, and leaves it free",
      (lock, condition) =>
        Effect.gen(function*() {
          const isOwnedAfter = Effect.andThen(wait(condition), isOwned(lock))
          const sleeper = yield* withLock(
            lock,
            withLock(lock, Effect.tap(Effect.forkChild(isOwnedAfter), () => untilWaiting(condition, 1)))
          )
          yield* withLock(lock, notify(condition))
          assert.isFalse(yield* Fiber.join(sleeper))
        })
    ),

    on(
      "a sleeper gets back the holds that have not ended meanwhile, and no others",
      (lock, condition) =>
        Effect.gen(function*() {
          const countAfter = Effect.andThen(wait(condition), recursionCount(lock))
          const hasEnded = yield* Deferred.make<void>()
          const thread = yield* Thread.fork(withLock(
            lock,
            Effect.gen(function*() {
              const sleeper = yield* withLock(
                lock,
                Effect.tap(Effect.forkChild(countAfter), () => untilWaiting(condition, 1))
              )
              yield* Deferred.succeed(hasEnded, undefined)
              return yield* Fiber.join(sleeper)
            })
          ))
          yield* Deferred.await(hasEnded)
          yield* until(() => !Effect.runSync(isLocked(lock)), () => "it is given back")
          yield* withLock(lock, notify(condition))
          assert.strictEqual(yield* Thread.join(thread), 1)
        })
    ),

    on(
      "waitFor that is given up inside the hold, after a notification and before the next look, passes it on",
      (lock, condition) =>
        Effect.gen(function*() {
          const looking = yield* Deferred.make<void>()
          let [looks, isReady] = [0, false]
          // The second look is where it is given up; the hold itself ends well.
          const look = Effect.suspend(() =>
            ++looks === 2 ? Effect.andThen(Deferred.succeed(looking, undefined), Effect.never) : Effect.succeed(false)
          )
          const first = yield* Thread.fork(
            withLock(lock, Effect.raceFirst(waitFor(condition, look), Deferred.await(looking)))
          )
          yield* untilWaiting(condition, 1)
          const second = yield* Thread.fork(withLock(lock, waitFor(condition, () => isReady)))
          yield* untilWaiting(condition, 2)
          yield* withLock(lock, Effect.andThen(Effect.sync(() => isReady = true), notify(condition)))
          yield* Thread.join(first)
          yield* Thread.join(second)
        })
    )
  ]
}
