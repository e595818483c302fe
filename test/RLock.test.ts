import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Fiber } from "effect"
import { RLock } from "effect-threading"
import { lockContract } from "./contracts/lock.ts"
import type { LockLike } from "./contracts/lock.ts"
import { interruptEverywhere } from "./support/interruptEverywhere.ts"
import { untilWaiting, waiting } from "./support/waiters.ts"

const asLockLike = (lock: RLock.RLock): LockLike => ({
  primitive: lock,
  withLock: RLock.withLock(lock),
  withLockIfAvailable: RLock.withLockIfAvailable(lock),
  acquireScoped: RLock.acquireScoped(lock),
  acquire: RLock.acquire(lock),
  acquireIfAvailable: RLock.acquireIfAvailable(lock),
  release: RLock.release(lock),
  isFree: Effect.map(RLock.isLocked(lock), (isLocked) => !isLocked)
})

lockContract("RLock", Effect.map(RLock.make(), asLockLike))

describe("RLock re-entry", () => {
  const helpers: ReadonlyArray<readonly [string, <A>(effect: Effect.Effect<A>) => Effect.Effect<unknown>]> = [
    ["directly", (effect) => effect],
    ["inside a time-out", (effect) => Effect.timeoutOption(effect, "1 hour")],
    ["inside a race", (effect) => Effect.raceFirst(effect, Effect.never)],
    ["beside a sibling", (effect) => Effect.all([effect, Effect.yieldNow], { concurrency: "unbounded" })],
    ["in a forked child", (effect) => Effect.flatMap(Effect.forkChild(effect), Fiber.join)]
  ]

  for (const [where, put] of helpers) {
    it.effect(`${where}: does not wait for itself, and counts`, () =>
      Effect.gen(function*() {
        const lock = yield* RLock.make()
        const counts: Array<number> = []
        const count = Effect.flatMap(RLock.recursionCount(lock), (count) => Effect.sync(() => counts.push(count)))
        const nest = (depth: number): Effect.Effect<unknown> =>
          RLock.withLock(
            lock,
            Effect.andThen(count, depth === 1 ? Effect.void : put(Effect.suspend(() => nest(depth - 1))))
          )
        yield* nest(3)
        assert.deepStrictEqual(counts, [1, 2, 3])
        assert.isFalse(yield* RLock.isLocked(lock))
      }))

    it.effect(`${where}: interrupted at any operation, every level is given back`, () =>
      Effect.gen(function*() {
        const operations = yield* interruptEverywhere(Effect.gen(function*() {
          const lock = yield* RLock.make()
          const nest = (depth: number): Effect.Effect<unknown> =>
            RLock.withLock(lock, depth === 1 ? Effect.yieldNow : put(Effect.suspend(() => nest(depth - 1))))
          const others = yield* Effect.all([
            Effect.forkScoped(nest(2)),
            Effect.forkScoped(Effect.andThen(Effect.yieldNow, nest(2)))
          ])
          return {
            effect: nest(3),
            check: () =>
              Effect.gen(function*() {
                for (const other of others) assert.strictEqual((yield* Fiber.await(other))._tag, "Success")
                assert.isFalse(yield* RLock.isLocked(lock))
              })
          }
        }))
        assert.isAbove(operations, 15)
      }))
  }

  it.effect("siblings that re-enter the same hold exclude one another, and nobody else comes between", () =>
    Effect.gen(function*() {
      const lock = yield* RLock.make()
      const inside: Array<string> = []
      const enter = (name: string) =>
        RLock.withLock(
          lock,
          Effect.gen(function*() {
            assert.deepStrictEqual(inside, [])
            inside.push(name)
            yield* Effect.yieldNow
            yield* Effect.yieldNow
            inside.pop()
          })
        )
      const outsider = yield* Effect.forkChild(Effect.andThen(Effect.yieldNow, enter("outsider")))
      let isDone = false
      yield* RLock.withLock(
        lock,
        Effect.gen(function*() {
          yield* Effect.all([enter("a"), enter("b"), enter("c")], { concurrency: "unbounded" })
          assert.strictEqual(waiting(lock), 1)
          isDone = true
        })
      )
      assert.isTrue(isDone)
      yield* Fiber.join(outsider)
    }))

  it.effect("a hold that has ended is no way in for a fiber that outlived it", () =>
    Effect.gen(function*() {
      const lock = yield* RLock.make()
      const open = yield* Deferred.make<void>()
      const survivor = yield* RLock.withLock(
        lock,
        Effect.forkChild(Effect.andThen(Deferred.await(open), RLock.withLock(lock, RLock.recursionCount(lock))))
      )
      yield* RLock.withLock(
        lock,
        Effect.gen(function*() {
          yield* Deferred.succeed(open, undefined)
          yield* untilWaiting(lock, 1)
        })
      )
      assert.strictEqual(yield* Fiber.join(survivor), 1)
    }))
})
