/**
 * Tasks: each function that is exported here runs on whatever OS thread the pool has for it. Each of those imports this, so it
 * imports no more than it needs.
 */
import * as Task from "effect-threading/Task"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { Words } from "./services.ts"

export class TooSmallError extends Data.TaggedError("TooSmallError")<{ readonly n: number }> {}

const isPrime = (n: number): boolean => {
  for (let d = 2; d * d <= n; d++) if (n % d === 0) return false
  return n > 1
}

/** A plain function. While it computes it hears no message, so it asks now and then whether it is still wanted. */
export const countPrimes = (limit: number): number => {
  let count = 0
  for (let n = 2; n < limit; n++) {
    if (n % 1024 === 0) Task.checkpoint()
    if (isPrime(n)) count++
  }
  return count
}

/** An Effect with an error of its own. */
export const factors = (n: number): Effect.Effect<ReadonlyArray<number>, TooSmallError> => {
  if (n < 2) return Effect.fail(new TooSmallError({ n }))
  const found: Array<number> = []
  for (let d = 2, rest = n; rest > 1; d++) for (; rest % d === 0; rest /= d) found.push(d)
  return Effect.succeed(found)
}

/** A Stream without an end: it goes on as its consumer does. */
export const primes = (from: number) => Stream.filter(Stream.iterate(from, (n) => n + 1), isPrime)

/** An Effect that needs a service, which the pool has to offer. */
export const spell = (n: number) => Effect.map(Words, (words) => words.get(n) ?? `${n}`)
