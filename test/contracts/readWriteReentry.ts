/** What is held once more inside of a hold of a read-write lock: for reading at once, for writing never. */
import { assert } from "@effect/vitest"
import { Cause, Deferred, Effect, Exit, Fiber, Option } from "effect"
import { ReadWriteLock } from "effect-threading"
import type { Case } from "../support/contract.ts"
import { untilWaiting, waiting } from "../support/waiters.ts"
import { awaitAll, aWhile } from "./conduct.ts"
import { caseOf, line, type ReadWriteLike } from "./readWriteForms.ts"

/** Where reading once more may stand, inside of a hold. */
const helpers: ReadonlyArray<readonly [string, <A>(effect: Effect.Effect<A>) => Effect.Effect<unknown>]> = [
  ["directly", (effect) => effect],
  ["inside a time-out", (effect) => Effect.timeoutOption(effect, "1 hour")],
  ["inside a race", (effect) => Effect.raceFirst(effect, Effect.never)],
  ["beside a sibling", (effect) => Effect.all([effect, effect], { concurrency: "unbounded" })],
  ["in a forked child", (effect) => Effect.flatMap(Effect.forkChild(effect), Fiber.join)]
]

const defectOf = (effect: Effect.Effect<unknown>): Effect.Effect<unknown> =>
  Effect.map(Effect.exit(effect), (exit) => Exit.isFailure(exit) ? Cause.squash(exit.cause) : undefined)

export const readWriteReentryCases = (make: Effect.Effect<ReadWriteLike>): ReadonlyArray<Case> => {
  const on = caseOf(make)

  return [
    ...helpers.flatMap(([where, put]) => [
      on(
        `${where}: a read inside of a hold goes on at once, also while a writer waits`,
        (lock) =>
          Effect.gen(function*() {
            const again = lock.withReadLock(Effect.andThen(Effect.yieldNow, lock.readers))
            const threads = yield* lock.withReadLock(Effect.gen(function*() {
              const { threads } = yield* line(lock, "w")
              yield* put(again)
              assert.strictEqual(waiting(lock.primitive), 1)
              return threads
            }))
            yield* awaitAll(threads)
            yield* lock.withWriteLock(put(again))
          })
      ),

      on(`${where}: to write inside of a hold dies, and says why`, (lock) =>
        Effect.gen(function*() {
          for (const [held, around] of [["read", lock.withReadLock], ["write", lock.withWriteLock]] as const) {
            for (const write of [lock.withWriteLock(Effect.void), Effect.scoped(lock.acquireWriteScoped)]) {
              const error = yield* around(defectOf(put(write)))
              assert(error instanceof ReadWriteLock.ReadWriteLockUpgradeError)
              assert.strictEqual(error.held, held)
              assert.match(error.message, /ReadWriteLock-\d+ for (reading|writing)/)
            }
            assert.deepStrictEqual(yield* around(lock.withWriteLockIfAvailable(Effect.void)), Option.none())
          }
        }))
    ]),

    on(
      "a read that outlives the hold in which it was begun keeps writers out, and readers not",
      (lock) =>
        Effect.gen(function*() {
          for (const around of [lock.withReadLock, lock.withWriteLock]) {
            const [open, begun] = [yield* Deferred.make<void>(), yield* Deferred.make<void>()]
            const read = lock.withReadLock(Effect.andThen(Deferred.succeed(begun, undefined), Deferred.await(open)))
            const fiber = yield* around(
              Effect.tap(Effect.forkDetach(read), () => Deferred.await(begun))
            )
            assert.deepStrictEqual([yield* lock.readers, yield* lock.isWriteLocked], [1, false])
            assert.deepStrictEqual(yield* lock.withReadLock(lock.readers), 2)
            assert.deepStrictEqual(yield* lock.withWriteLockIfAvailable(Effect.void), Option.none())
            yield* Deferred.succeed(open, undefined)
            yield* Fiber.join(fiber)
          }
        })
    ),

    on("a hold that has ended is no way in for a fiber that outlived it", (lock) =>
      Effect.gen(function*() {
        const open = yield* Deferred.make<void>()
        const survivor = yield* lock.withReadLock(
          Effect.forkChild(Effect.andThen(Deferred.await(open), lock.withReadLock(lock.readers)))
        )
        yield* lock.withWriteLock(Effect.andThen(Deferred.succeed(open, undefined), untilWaiting(lock.primitive, 1)))
        assert.strictEqual(yield* Fiber.join(survivor), 1)
      })),

    on("a thread that is started inside of a hold waits as any other", (lock) =>
      Effect.gen(function*() {
        const { order, threads } = yield* lock.withReadLock(Effect.gen(function*() {
          const { order, threads } = yield* line(lock, "wr")
          yield* aWhile
          assert.deepStrictEqual(order, [])
          return { order, threads }
        }))
        yield* awaitAll(threads)
        assert.deepStrictEqual(order, ["w0", "r1"])
      }))
  ]
}
