/** Small concurrent programs, right and wrong, for the explorer to run. */
import { assert } from "@effect/vitest"
import { Effect, Ref, Semaphore } from "effect"
import { Lock, Thread } from "effect-threading"

/** Forks a thread for each effect and joins them. */
export const together = <E>(...effects: ReadonlyArray<Effect.Effect<unknown, E>>) =>
  Effect.gen(function*() {
    const threads = yield* Effect.forEach(effects, (effect, index) =>
      Thread.fork(effect, { name: String.fromCharCode(97 + index) }))
    yield* Effect.forEach(threads, (thread) =>
      Thread.join(thread))
  })

/** Threads that each read a counter and write one more. */
export const counter = (threads: number, around: (body: Effect.Effect<void>) => Effect.Effect<void>) =>
  Effect.gen(function*() {
    let count = 0
    const increment = around(Effect.gen(function*() {
      const seen = yield* Effect.sync(() => count)
      yield* Effect.log(`read ${seen}`)
      yield* Effect.sync(() => count = seen + 1)
    }))
    yield* together(...Array.from({ length: threads }, () => increment))
    assert.strictEqual(count, threads)
  })

export const lostUpdate = counter(2, (body) => body)

export const lockedCounter = (threads: number) =>
  Effect.flatMap(Lock.make(), (lock) => counter(threads, (body) => Lock.withLock(lock, body)))

/** Two locks, taken in opposite order. */
export const oppositeOrder = Effect.gen(function*() {
  const [left, right] = [yield* Lock.make({ name: "left" }), yield* Lock.make({ name: "right" })]
  yield* together(
    Lock.withLock(left, Lock.withLock(right, Effect.void)),
    Lock.withLock(right, Lock.withLock(left, Effect.void))
  )
})

/** The same two faults with nothing but Effect's own primitives. */
export const plainLostUpdate = Effect.gen(function*() {
  const count = yield* Ref.make(0)
  const increment = Effect.gen(function*() {
    const seen = yield* Ref.get(count)
    yield* Effect.log(`read ${seen}`)
    yield* Ref.set(count, seen + 1)
  })
  yield* Effect.all([increment, increment], { concurrency: "unbounded" })
  assert.strictEqual(yield* Ref.get(count), 2)
})

export const plainOppositeOrder = Effect.gen(function*() {
  const [left, right] = [yield* Semaphore.make(1), yield* Semaphore.make(1)]
  yield* Effect.all([
    left.withPermit(Effect.andThen(Effect.yieldNow, right.withPermit(Effect.void))),
    right.withPermit(Effect.andThen(Effect.yieldNow, left.withPermit(Effect.void)))
  ], { concurrency: "unbounded" })
})
