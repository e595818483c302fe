/** What every semaphore does with several permits; with one it is a lock. */
import { assert } from "@effect/vitest"
import { Deferred, Effect, Exit, Fiber, Option } from "effect"
import { Thread } from "effect-threading"
import type { Semaphore, ThreadGroup } from "effect-threading"
import { interruptEverywhere } from "effect-threading/testing"
import type { Case } from "../support/contract.ts"
import { untilWaiting, waiting } from "../support/waiters.ts"
import { awaitAll, aWhile } from "./conduct.ts"
import type { LockLike } from "./lock.ts"

export type SemaphoreApi = Pick<
  typeof Semaphore,
  | "make"
  | "makeBounded"
  | "withPermit"
  | "withPermits"
  | "withPermitIfAvailable"
  | "withPermitsIfAvailable"
  | "acquireScoped"
  | "acquire"
  | "acquireIfAvailable"
  | "release"
  | "value"
>

/** A semaphore with one permit, as a lock. */
export const lockOfSemaphore = (
  api: SemaphoreApi,
  make: Effect.Effect<Semaphore.Semaphore> = api.make(1)
): Effect.Effect<LockLike> =>
  Effect.map(make, (semaphore) => ({
    primitive: semaphore,
    withLock: api.withPermit(semaphore),
    withLockIfAvailable: api.withPermitIfAvailable(semaphore),
    acquireScoped: api.acquireScoped(semaphore),
    acquire: api.acquire(semaphore),
    acquireIfAvailable: api.acquireIfAvailable(semaphore),
    release: api.release(semaphore),
    isFree: Effect.map(api.value(semaphore), (value) => value === 1)
  }))

type Body = (semaphore: Semaphore.Semaphore) => Effect.Effect<void, never, ThreadGroup.ThreadGroup>

/** Between OS threads those who come may be served before those who wait, but not for good. */
export const semaphoreCases = (
  api: SemaphoreApi,
  { barges }: { readonly barges: boolean } = { barges: false }
): ReadonlyArray<Case> => {
  const { acquire, acquireIfAvailable, acquireScoped, release, value, withPermit, withPermits } = api
  const on = (title: string, permits: number, body: Body, options?: Partial<Case>): Case => ({
    ...options,
    title,
    body: Effect.gen(function*() {
      const semaphore = yield* api.make(permits)
      yield* body(semaphore)
      assert.strictEqual(yield* value(semaphore), permits, "all permits are free at the end")
      assert.strictEqual(waiting(semaphore), 0, "nobody waits at the end")
    })
  })

  /** Threads that want so many permits each, and come one after the other; they write down who had its turn. */
  const line = (semaphore: Semaphore.Semaphore, wanted: ReadonlyArray<number>) =>
    Effect.gen(function*() {
      const order: Array<number> = []
      const threads: Array<Thread.Thread<void>> = []
      for (const [index, permits] of wanted.entries()) {
        const turn = Effect.andThen(Effect.sync(() => order.push(index)), Effect.yieldNow)
        threads.push(yield* Thread.fork(withPermits(semaphore, permits, turn)))
        yield* untilWaiting(semaphore, threads.length)
      }
      return { order, threads }
    })

  return [
    on("lets in as many as there are permits, and no more", 2, (semaphore) =>
      Effect.gen(function*() {
        let inside = 0
        const visit = withPermit(
          semaphore,
          Effect.gen(function*() {
            assert.isAtMost(++inside, 2)
            yield* Effect.yieldNow
            inside--
          })
        )
        const threads = yield* Effect.forEach(Array(5), () => Thread.fork(Effect.repeat(visit, { times: 2 })))
        yield* Effect.forEach(threads, (thread) => Thread.join(thread))
      })),

    ...(barges
      ? [on("a large request is overtaken by small ones, but not for good", 3, (semaphore) =>
        Effect.gen(function*() {
          let turns = 0
          const small = withPermit(semaphore, Effect.andThen(Effect.sync(() => turns++), Effect.yieldNow))
          const { large, threads } = yield* withPermit(
            semaphore,
            Effect.gen(function*() {
              const large = yield* Thread.fork(withPermits(semaphore, 3, Effect.sync(() => turns)))
              yield* untilWaiting(semaphore, 1)
              const threads = yield* Effect.forEach(Array(3), () => Thread.fork(Effect.repeat(small, { times: 40 })))
              return { large, threads }
            })
          )
          assert.isBelow(yield* Thread.join(large), 60)
          yield* Effect.forEach(threads, (thread) => Thread.join(thread))
        }))]
      : [
        on("a large request is not overtaken by the small ones behind it", 3, (semaphore) =>
          Effect.gen(function*() {
            const { order, threads } = yield* withPermits(
              semaphore,
              2,
              Effect.gen(function*() {
                const queued = yield* line(semaphore, [3, 1, 3])
                assert.isFalse(yield* acquireIfAvailable(semaphore))
                assert.deepStrictEqual(yield* api.withPermitsIfAvailable(semaphore, 1, Effect.void), Option.none())
                yield* aWhile
                assert.deepStrictEqual(queued.order, [])
                return queued
              })
            )
            yield* Effect.forEach(threads, (thread) => Thread.join(thread))
            assert.deepStrictEqual(order, [0, 1, 2])
          })),

        on(
          "when a large request is interrupted, the small ones behind it that fit go on",
          3,
          (semaphore) =>
            Effect.gen(function*() {
              const { order, threads } = yield* withPermits(
                semaphore,
                1,
                Effect.gen(function*() {
                  const queued = yield* line(semaphore, [3, 1, 1])
                  assert.deepStrictEqual(queued.order, [])
                  yield* Thread.interrupt(queued.threads[0]!)
                  yield* Thread.join(queued.threads[1]!)
                  return queued
                })
              )
              yield* Thread.join(threads[2]!)
              assert.deepStrictEqual(order.toSorted(), [1, 2])
            })
        )
      ]),

    on("a release of several serves all the waiters that fit, at once", 3, (semaphore) =>
      Effect.gen(function*() {
        yield* acquire(semaphore, 3)
        const both = yield* Deferred.make<void>()
        let inside = 0
        const turn = Effect.suspend(() => ++inside === 2 ? Deferred.succeed(both, undefined) : Deferred.await(both))
        const threads: Array<Thread.Thread<unknown>> = []
        for (const permits of [1, 2]) {
          threads.push(yield* Thread.fork(withPermits(semaphore, permits, turn)))
          yield* untilWaiting(semaphore, threads.length)
        }
        yield* release(semaphore, 3)
        yield* Effect.forEach(threads, (thread) => Thread.join(thread))
      })),

    {
      title: "several permits, interrupted at any operation, are all given back",
      schedules: 5,
      body: Effect.gen(function*() {
        const operations = yield* interruptEverywhere(Effect.gen(function*() {
          const semaphore = yield* api.makeBounded(3)
          const others = [
            yield* Effect.forkScoped(withPermits(semaphore, 2, Effect.andThen(Effect.yieldNow, Effect.yieldNow))),
            yield* Effect.forkScoped(Effect.andThen(Effect.yieldNow, withPermits(semaphore, 3, Effect.yieldNow)))
          ]
          return {
            effect: Effect.gen(function*() {
              yield* Effect.yieldNow
              yield* withPermits(semaphore, 2, Effect.yieldNow)
              yield* Effect.scoped(acquireScoped(semaphore, 1))
            }),
            check: () =>
              Effect.gen(function*() {
                yield* Fiber.awaitAll(others)
                yield* withPermits(semaphore, 3, Effect.void)
                assert.strictEqual(yield* value(semaphore), 3)
              })
          }
        }))
        assert.isAbove(operations, 10)
      })
    },

    {
      title: "it may grow by releases, and a bounded one dies of them and stays as it was",
      body: Effect.gen(function*() {
        const [free, bounded] = [yield* api.make(1), yield* api.makeBounded(2)]
        yield* release(free, 2)
        assert.strictEqual(yield* value(free), 3)
        yield* acquire(bounded)
        const exit = yield* Effect.exit(release(bounded, 2))
        assert.match(String(exit), /SemaphoreReleasedTooOftenError/)
        assert.strictEqual(yield* value(bounded), 1)
        yield* release(bounded)
        assert.isTrue(Exit.isFailure(yield* Effect.exit(release(bounded))))
        assert.strictEqual(yield* value(bounded), 2)
      })
    },

    on("two permits that come at once serve two waiters", 2, (semaphore) =>
      Effect.gen(function*() {
        yield* acquire(semaphore, 2)
        const both = yield* Deferred.make<void>()
        let inside = 0
        const meet = withPermit(
          semaphore,
          Effect.suspend(() => ++inside === 2 ? Deferred.succeed(both, undefined) : Deferred.await(both))
        )
        const threads = [yield* Thread.fork(meet), yield* Thread.fork(meet)]
        yield* Effect.yieldNow
        yield* release(semaphore, 2)
        yield* awaitAll(threads)
      }), { preemptions: 1 }),

    on(
      "a permit granted to a waiter that is interrupted at that moment is not lost",
      1,
      (semaphore) =>
        Effect.gen(function*() {
          const first = yield* Thread.fork(withPermit(semaphore, Effect.yieldNow))
          const second = yield* Thread.fork(withPermit(semaphore, Effect.void))
          yield* Thread.interrupt(second)
          yield* withPermit(semaphore, Effect.void)
          yield* Thread.join(first)
        }),
      { preemptions: 2 }
    ),

    on(
      "a large request gets its permits as the small ones before it are given back",
      2,
      (semaphore) =>
        Effect.gen(function*() {
          const small = withPermit(semaphore, Effect.yieldNow)
          const threads = [yield* Thread.fork(small), yield* Thread.fork(small)]
          yield* withPermits(semaphore, 2, Effect.void)
          yield* Effect.forEach(threads, (thread) => Thread.join(thread))
        }),
      { preemptions: 1 }
    )
  ]
}
