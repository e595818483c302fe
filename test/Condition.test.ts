import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { Condition, Lock, RLock, Thread, ThreadGroup } from "effect-threading"
import { conditionContract } from "./contracts/condition.ts"
import type { Held } from "./contracts/condition.ts"
import { untilWaiting } from "./support/waiters.ts"

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
})
