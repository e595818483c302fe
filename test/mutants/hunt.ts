/** Runs the cases of a contract under many schedules, until one shows what is wrong. */
import { Effect } from "effect"
import { Explore } from "effect-threading/testing"
import type { Case } from "../support/contract.ts"

export interface Caught {
  readonly case: string
  readonly kind: string
  /** What replays it: a seed, or that it was an exhaustive search. */
  readonly seed: string
  /** How many schedules it took, those of the cases before it and of earlier rounds included. */
  readonly schedules: number
  readonly summary: string
}

/**
 * Each case under a few schedules, then under more, up to `most` for each: the case that shows the bug is rarely the first, and
 * others need not be run long before it. After the first two rounds, small cases under every schedule, 2,000 at most. Undefined
 * if none fails.
 */
export const hunt = (cases: ReadonlyArray<Case>, most: number): Effect.Effect<Caught | undefined> =>
  Effect.gen(function*() {
    let schedules = 0
    const attempt = (each: Case, options: Explore.Options) =>
      Effect.map(explore(each, options), (found) => {
        if (found === undefined) schedules += options.schedules ?? 0
        return found && { ...found, schedules: schedules + found.schedules }
      })
    for (let [done, next] = [0, 4]; done < most; [done, next] = [next, Math.min(most, next * 4)]) {
      for (const each of cases) {
        const found = yield* attempt(each, { seed: done + 1, schedules: share(each, next - done) })
        if (found !== undefined) return found
      }
      if (next !== 16) continue
      for (const each of cases) {
        if (each.preemptions === undefined) continue
        const found = yield* attempt(each, { strategy: "exhaustive", preemptions: each.preemptions, schedules: 2_000 })
        if (found !== undefined) return found
      }
    }
    return undefined
  })

/** Of so many for an ordinary case: one that interrupts everywhere runs its program over and over, so it needs few. */
export const share = (each: Case, schedules: number): number => Math.ceil((each.schedules ?? 100) / 100 * schedules)

/** What the case shows under these schedules. */
export const explore = ({ body, title }: Case, options: Explore.Options): Effect.Effect<Caught | undefined> =>
  Effect.match(Explore.check(body, { operations: 1_000_000, ...options, shrinks: 0 }), {
    onFailure: (error) => ({
      case: title,
      kind: error.kind,
      seed: error.strategy === "exhaustive" ? "exhaustive" : String(error.seed),
      schedules: error.schedules,
      summary: error.summary.split("\n")[0]!
    }),
    onSuccess: () => undefined
  })
