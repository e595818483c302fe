import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber } from "effect"
import { Semaphore, Thread, ThreadGroup } from "effect-threading"
import { lockContract } from "./contracts/lock.ts"
import type { LockLike } from "./contracts/lock.ts"
import { interruptEverywhere } from "./support/interruptEverywhere.ts"
import { untilWaiting } from "./support/waiters.ts"

const asLockLike = (semaphore: Semaphore.Semaphore): LockLike => ({
  primitive: semaphore,
  withLock: Semaphore.withPermit(semaphore),
  withLockIfAvailable: Semaphore.withPermitIfAvailable(semaphore),
  acquireScoped: Semaphore.acquireScoped(semaphore),
  acquire: Semaphore.acquire(semaphore),
  acquireIfAvailable: Semaphore.acquireIfAvailable(semaphore),
  release: Semaphore.release(semaphore),
  isFree: Effect.map(Semaphore.value(semaphore), (value) => value === 1)
})

lockContract("Semaphore with one permit", Effect.map(Semaphore.make(1), asLockLike))
lockContract("bounded Semaphore with one permit", Effect.map(Semaphore.makeBounded(1), asLockLike))

/** Threads that want so many permits each, and come one after the other while none is free. */
const line = (semaphore: Semaphore.Semaphore, wanted: ReadonlyArray<number>) =>
  Effect.gen(function*() {
    const order: Array<number> = []
    const threads: Array<Thread.Thread<void>> = []
    for (const permits of wanted) {
      const turn = Effect.andThen(Effect.sync(() => order.push(permits)), Effect.yieldNow)
      threads.push(yield* Thread.fork(Semaphore.withPermits(semaphore, permits, turn)))
      yield* untilWaiting(semaphore, threads.length)
    }
    return { order, threads }
  })

describe("Semaphore with several permits", () => {
  it.effect("a large request is not overtaken by the small ones behind it", () =>
    ThreadGroup.supervise(Effect.gen(function*() {
      const semaphore = yield* Semaphore.make(3)
      const { order, threads } = yield* Semaphore.withPermits(semaphore, 3, line(semaphore, [3, 1, 2]))
      assert.isFalse(yield* Semaphore.acquireIfAvailable(semaphore))
      yield* Effect.forEach(threads, (thread) => Thread.join(thread))
      assert.deepStrictEqual(order, [3, 1, 2])
      assert.strictEqual(yield* Semaphore.value(semaphore), 3)
    })))

  it.effect("when a large request is interrupted, the small ones behind it that fit go on", () =>
    ThreadGroup.supervise(Effect.gen(function*() {
      const semaphore = yield* Semaphore.make(3)
      const { order, threads } = yield* Semaphore.withPermits(
        semaphore,
        1,
        Effect.gen(function*() {
          const { order, threads } = yield* line(semaphore, [3, 1, 1])
          assert.deepStrictEqual(order, [])
          yield* Thread.interrupt(threads[0]!)
          yield* Thread.join(threads[1]!)
          return { order, threads }
        })
      )
      yield* Thread.join(threads[2]!)
      assert.deepStrictEqual(order, [1, 1])
      assert.strictEqual(yield* Semaphore.value(semaphore), 3)
    })))

  it.effect("several permits, interrupted at any operation, are all given back", () =>
    Effect.gen(function*() {
      const operations = yield* interruptEverywhere(Effect.gen(function*() {
        const semaphore = yield* Semaphore.makeBounded(3)
        yield* Effect.forkScoped(Semaphore.withPermits(semaphore, 2, Effect.andThen(Effect.yieldNow, Effect.yieldNow)))
        const other = yield* Effect.forkScoped(Effect.andThen(
          Effect.yieldNow,
          Semaphore.withPermits(semaphore, 3, Effect.yieldNow)
        ))
        return {
          effect: Effect.andThen(
            Effect.yieldNow,
            Semaphore.withPermits(semaphore, 2, Effect.scoped(Semaphore.acquireScoped(semaphore, 1)))
          ),
          check: () =>
            Effect.gen(function*() {
              yield* Fiber.await(other)
              yield* Semaphore.withPermits(semaphore, 3, Effect.void)
              assert.strictEqual(yield* Semaphore.value(semaphore), 3)
            })
        }
      }))
      assert.isAbove(operations, 10)
    }))
})
