/** Programs made up at random, one a seed, run under the explorer with time that may pass at any moment. */
import { Effect, Random as EffectRandom } from "effect"
import type { Scope } from "effect"
import type { ThreadGroup } from "effect-threading"
import { Explore } from "effect-threading/testing"

/** Random choices that the run's seed determines. */
export interface Random {
  /** A number from 0 up to, but not including, 1. */
  next(): number
  /** A whole number from 0 up to, but not including, `bound`. */
  below(bound: number): number
  chance(probability: number): boolean
  pick<A>(items: ReadonlyArray<A>): A
}

/** What a program gets to know of the run it is in. */
export interface Run {
  readonly random: Random
  /** Allows the explorer to interrupt the fiber that runs this effect, once, at a moment of its choice. */
  readonly exposed: <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>
}

export interface Options {
  /** How many seeds to try, from 1 on. */
  readonly seeds: number
  /** Makes the program of one run. */
  readonly program: (run: Run) => Effect.Effect<unknown, unknown, ThreadGroup.ThreadGroup | Scope.Scope>
  /** How likely it is, before each step, that an exposed fiber is interrupted. */
  readonly interrupts?: number | undefined
}

export const randomOf = (random: typeof EffectRandom.Random.Service): Random => {
  const next = () => random.nextDoubleUnsafe()
  const below = (bound: number) => Math.floor(next() * bound)
  return { next, below, chance: (probability) => next() < probability, pick: (items) => items[below(items.length)]! }
}

/** Rejects with the `ExploreError` of the first seed whose program is wrong. */
export const explore = ({ interrupts, program, seeds }: Options): Promise<Explore.Report> =>
  Effect.runPromise(Explore.check(
    Effect.flatMap(EffectRandom.Random, (random) => program({ random: randomOf(random), exposed: Explore.exposed })),
    { schedules: seeds, interrupts, time: "any", operations: 1_000_000, unobserved: "ignore" }
  ))
