/**
 * A number that all OS threads of the process share and change atomically: counters, totals, high-water marks, best results so
 * far. It is plain data, which crosses to a worker as a task's argument, or in one.
 *
 * No lock is taken and nobody waits: each change is one compare-exchange, tried again if another came first. So an OS thread that
 * dies never leaves one half done. What belongs together in more than one number is for a `Lock`.
 *
 * @since 0.3.0
 */
import * as Effect from "effect/Effect"
import * as Fn from "effect/Function"
import { compareExchange64, load64 } from "./internal/atomics.ts"
import { allocate } from "./internal/shared/memory.ts"
import { Shared } from "./internal/shared/sharedData.ts"

/**
 * A number in shared memory: any that JavaScript has, in 64 bits.
 *
 * @since 0.3.0
 * @category models
 */
export interface SharedRef {
  readonly [Shared]: "Ref"
}

interface Data extends SharedRef {
  readonly memory: BigInt64Array
}

const float = new Float64Array(1)
const bits = new BigInt64Array(float.buffer)

const bitsOf = (value: number): bigint => {
  float[0] = value
  return bits[0]!
}

const numberOf = (itsBits: bigint): number => {
  bits[0] = itsBits
  return float[0]!
}

const memoryOf = (self: SharedRef): BigInt64Array => {
  const { [Shared]: kind, memory } = self as Data
  if (kind !== "Ref") throw new TypeError(`${String(self)} is no SharedRef.`)
  return memory
}

/**
 * Creates a number in shared memory.
 *
 * ```ts
 * import { Effect } from "effect"
 * import { SharedRef } from "effect-threading"
 *
 * const program = Effect.gen(function*() {
 *   const count = yield* SharedRef.make(0)
 *   const add = SharedRef.update(count, (n) => n + 1) // in a worker, to which it has gone as an argument, this is the same
 *   yield* Effect.all([add, add, add], { concurrency: "unbounded" })
 *   return yield* SharedRef.get(count) // 3
 * })
 * ```
 *
 * @since 0.3.0
 * @category constructors
 */
export const make = (value: number): Effect.Effect<SharedRef> => Effect.sync(() => makeUnsafe(value))

/**
 * Creates a number in shared memory outside of an Effect.
 *
 * @since 0.3.0
 * @category constructors
 */
export const makeUnsafe = (value: number): SharedRef => {
  const memory = new BigInt64Array(allocate(8, "SharedRef.make"))
  memory[0] = bitsOf(value)
  const data: Data = { [Shared]: "Ref", memory }
  return data
}

/**
 * The number as it is now.
 *
 * @since 0.3.0
 * @category reading
 */
export const get = (self: SharedRef): Effect.Effect<number> => Effect.sync(() => getSync(self))

/**
 * Replaces the number.
 *
 * @since 0.3.0
 * @category changing
 */
export const set: {
  (value: number): (self: SharedRef) => Effect.Effect<void>
  (self: SharedRef, value: number): Effect.Effect<void>
} = Fn.dual(2, (self: SharedRef, value: number) => update(self, () => value))

/**
 * Changes the number. The function may be run more than once, with what others have made of the number meanwhile.
 *
 * @since 0.3.0
 * @category changing
 */
export const update: {
  (f: (value: number) => number): (self: SharedRef) => Effect.Effect<void>
  (self: SharedRef, f: (value: number) => number): Effect.Effect<void>
} = Fn.dual(2, (self: SharedRef, f: (value: number) => number) => Effect.sync(() => void updateAndGetSync(self, f)))

/**
 * Changes the number as `update` does, and answers with what it has become.
 *
 * @since 0.3.0
 * @category changing
 */
export const updateAndGet: {
  (f: (value: number) => number): (self: SharedRef) => Effect.Effect<number>
  (self: SharedRef, f: (value: number) => number): Effect.Effect<number>
} = Fn.dual(2, (self: SharedRef, f: (value: number) => number) => Effect.sync(() => updateAndGetSync(self, f)))

/**
 * Changes the number as `update` does, and answers with what it was before.
 *
 * @since 0.3.0
 * @category changing
 */
export const getAndUpdate: {
  (f: (value: number) => number): (self: SharedRef) => Effect.Effect<number>
  (self: SharedRef, f: (value: number) => number): Effect.Effect<number>
} = Fn.dual(2, (self: SharedRef, f: (value: number) => number) => modify(self, (value) => [value, f(value)]))

/**
 * Changes the number as `update` does, to the second of what the function returns, and answers with the first.
 *
 * @since 0.3.0
 * @category changing
 */
export const modify: {
  <A>(f: (value: number) => readonly [A, number]): (self: SharedRef) => Effect.Effect<A>
  <A>(self: SharedRef, f: (value: number) => readonly [A, number]): Effect.Effect<A>
} = Fn.dual(
  2,
  <A>(self: SharedRef, f: (value: number) => readonly [A, number]) => Effect.sync(() => modifySync(self, f))
)

/**
 * The number as it is now, for synchronous code.
 *
 * @since 0.3.0
 * @category synchronous
 */
export const getSync = (self: SharedRef): number => numberOf(load64(memoryOf(self), 0))

/**
 * Changes the number as `updateAndGet` does, for synchronous code.
 *
 * @since 0.3.0
 * @category synchronous
 */
export const updateAndGetSync = (self: SharedRef, f: (value: number) => number): number =>
  modifySync(self, (value) => {
    const next = f(value)
    return [next, next]
  })

/**
 * Changes the number as `modify` does, for synchronous code.
 *
 * @since 0.3.0
 * @category synchronous
 */
export const modifySync = <A>(self: SharedRef, f: (value: number) => readonly [A, number]): A => {
  const memory = memoryOf(self)
  for (let before = load64(memory, 0);;) {
    const [answer, next] = f(numberOf(before))
    const found = compareExchange64(memory, 0, before, bitsOf(next))
    if (found === before) return answer
    before = found
  }
}
