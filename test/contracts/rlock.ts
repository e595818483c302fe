/** What a re-entrant lock does besides: levels, siblings, and fibers that outlive a hold. */
import { assert } from "@effect/vitest"
import { Deferred, Effect, Fiber } from "effect"
import { Thread } from "effect-threading"
import type { RLock, ThreadGroup } from "effect-threading"
import { interruptEverywhere } from "effect-threading/testing"
import type { Case } from "../support/contract.ts"
import { untilWaiting, waiting } from "../support/waiters.ts"
import { aWhile } from "./conduct.ts"

export type RLockApi = Pick<
  typeof RLock,
  "make" | "withLock" | "acquire" | "release" | "recursionCount" | "isOwned" | "isLocked"
>

/** Where a re-entry may stand, inside of the hold. */
const helpers: ReadonlyArray<readonly [string, <A>(effect: Effect.Effect<A>) => Effect.Effect<unknown>]> = [
  ["directly", (effect) => effect],
  ["inside a time-out", (effect) => Effect.timeoutOption(effect, "1 hour")],
  ["inside a race", (effect) => Effect.raceFirst(effect, Effect.never)],
  ["beside a sibling", (effect) => Effect.all([effect, Effect.yieldNow], { concurrency: "unbounded" })],
  ["in a forked child", (effect) => Effect.flatMap(Effect.forkChild(effect), Fiber.join)]
]

type Body = (lock: RLock.RLock) => Effect.Effect<void, never, ThreadGroup.ThreadGroup>

export const rlockCases = (api: RLockApi): ReadonlyArray<Case> => {
  const { acquire, isLocked, isOwned, recursionCount, release, withLock } = api
  const on = (title: string, body: Body, options?: Partial<Case>): Case => ({
    ...options,
    title,
    body: Effect.gen(function*() {
      const lock = yield* api.make()
      yield* body(lock)
      assert.isFalse(yield* isLocked(lock), "it is free at the end")
      assert.strictEqual(waiting(lock), 0, "nobody waits at the end")
    })
  })

  return [
    ...helpers.flatMap(([where, put]) => [
      on(`${where}: does not wait for itself, and counts`, (lock) =>
        Effect.gen(function*() {
          const counts: Array<number> = []
          const count = Effect.flatMap(recursionCount(lock), (count) => Effect.sync(() => counts.push(count)))
          const nest = (depth: number): Effect.Effect<unknown> =>
            withLock(
              lock,
              Effect.andThen(count, depth === 1 ? Effect.void : put(Effect.suspend(() => nest(depth - 1))))
            )
          yield* nest(3)
          assert.deepStrictEqual(counts, [1, 2, 3])
        })),

      on(`${where}: interrupted at any operation, every level is given back`, () =>
        Effect.gen(function*() {
          const operations = yield* interruptEverywhere(Effect.gen(function*() {
            const lock = yield* api.make()
            const nest = (depth: number): Effect.Effect<unknown> =>
              withLock(lock, depth === 1 ? Effect.yieldNow : put(Effect.suspend(() => nest(depth - 1))))
            const others = yield* Effect.all([
              Effect.forkScoped(nest(2)),
              Effect.forkScoped(Effect.andThen(Effect.yieldNow, nest(2)))
            ])
            return {
              effect: nest(3),
              check: () =>
                Effect.gen(function*() {
                  for (const other of others) assert.strictEqual((yield* Fiber.await(other))._tag, "Success")
                  assert.isFalse(yield* isLocked(lock))
                })
            }
          }))
          assert.isAbove(operations, 15)
        }), { schedules: 5 })
    ]),

    on(
      "siblings that re-enter the same hold exclude one another, and nobody else comes between",
      (lock) =>
        Effect.gen(function*() {
          const inside: Array<string> = []
          const enter = (name: string) =>
            withLock(
              lock,
              Effect.gen(function*() {
                assert.deepStrictEqual(inside, [])
                inside.push(name)
                yield* Effect.yieldNow
                yield* Effect.yieldNow
                inside.pop()
              })
            )
          const outsider = yield* withLock(
            lock,
            Effect.gen(function*() {
              const outsider = yield* Thread.fork(enter("outsider"))
              yield* untilWaiting(lock, 1)
              yield* Effect.all([enter("a"), enter("b"), enter("c")], { concurrency: "unbounded" })
              assert.strictEqual(waiting(lock), 1)
              return outsider
            })
          )
          yield* Thread.join(outsider)
        })
    ),

    on("a hold that has ended is no way in for a fiber that outlived it", (lock) =>
      Effect.gen(function*() {
        const open = yield* Deferred.make<void>()
        const survivor = yield* withLock(
          lock,
          Effect.forkChild(Effect.andThen(Deferred.await(open), withLock(lock, recursionCount(lock))))
        )
        yield* withLock(
          lock,
          Effect.gen(function*() {
            yield* Deferred.succeed(open, undefined)
            yield* untilWaiting(lock, 1)
          })
        )
        assert.strictEqual(yield* Fiber.join(survivor), 1)
      })),

    on("a thread started inside a hold does not hold it", (lock) =>
      Effect.gen(function*() {
        const asks = Effect.all([isOwned(lock), recursionCount(lock)])
        const answer = yield* withLock(lock, Effect.flatMap(Thread.fork(asks), (thread) => Thread.join(thread)))
        assert.deepStrictEqual(answer, [false, 0])
      })),

    on(
      "acquired raw, it is free once its thread has released as often as it acquired",
      (lock) =>
        Effect.gen(function*() {
          yield* acquire(lock)
          yield* acquire(lock)
          const other = yield* Thread.fork(withLock(lock, recursionCount(lock)))
          yield* untilWaiting(lock, 1)
          yield* release(lock)
          yield* aWhile
          assert.deepStrictEqual([yield* recursionCount(lock), yield* Thread.isAlive(other)], [1, true])
          yield* release(lock)
          assert.strictEqual(yield* Thread.join(other), 1)
        })
    ),

    on("two threads increment, re-entering it inside a time-out: no update is lost", (lock) =>
      Effect.gen(function*() {
        let count = 0
        const increment = withLock(
          lock,
          Effect.gen(function*() {
            const read = count
            yield* Effect.timeoutOption(withLock(lock, Effect.void), "1 hour")
            count = read + 1
          })
        )
        const threads = [yield* Thread.fork(increment), yield* Thread.fork(increment)]
        yield* Effect.forEach(threads, (thread) => Thread.join(thread))
        assert.strictEqual(count, 2)
      }), { preemptions: 1 }),

    on("a thread that is interrupted at the inner level gives both levels back", (lock) =>
      Effect.gen(function*() {
        const nested = withLock(lock, withLock(lock, Effect.yieldNow))
        const thread = yield* Thread.fork(nested)
        yield* Thread.interrupt(thread)
        yield* nested
      }), { preemptions: 2 })
  ]
}
