/** What a back end computes on request. */
import * as Task from "effect-threading/Task"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"

export class BadInputError extends Data.TaggedError("BadInputError")<{ readonly message: string }> {}

/** How many primes there are below a limit; and whether anybody wants to know still. */
const countPrimes = (limit: number): number => {
  let count = 0
  for (let n = 2; n < limit; n++) {
    if (n % 1024 === 0) Task.checkpoint()
    let isPrime = true
    for (let d = 2; isPrime && d * d <= n; d++) isPrime = n % d !== 0
    if (isPrime) count++
  }
  return count
}

export const primes = (limit: number): Effect.Effect<number, BadInputError> =>
  limit >= 0
    ? Effect.sync(() => countPrimes(limit))
    : Effect.fail(new BadInputError({ message: `${limit} is negative` }))
