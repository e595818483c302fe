/**
 * A contract: the behaviours that every implementation of a primitive has, as data, so that the tests run them as they are and
 * under exploration, and the mutants show that each wrong implementation fails one of them.
 */
import { Effect } from "effect"
import type { Scope } from "effect"
import { ThreadGroup } from "effect-threading"
import { Explore } from "effect-threading/testing"
import { assert, describe, it } from "effect-threading/testing/vitest"

export interface Case {
  /** A sentence about behaviour. */
  readonly title: string
  readonly body: Effect.Effect<void, unknown, ThreadGroup.ThreadGroup | Scope.Scope>
  /** How many random schedules show it under exploration: 100 unless told. */
  readonly schedules?: number | undefined
  /** Small enough to run under every schedule with up to this many preemptions. */
  readonly preemptions?: number | undefined
}

/**
 * Runs each case once, as the main thread of a nursery, with virtual time; then under many interleavings; and the small ones
 * under all that there are within their bound.
 */
export const contract = (name: string, cases: ReadonlyArray<Case>): void => {
  describe(name, () => {
    for (const { body, title } of cases) it.effect(title, () => ThreadGroup.nursery(body))
  })
  describe(`${name}, explored`, () => {
    for (const { body, preemptions, schedules = 100, title } of cases) {
      it.explore(title, body, { schedules, operations: 1_000_000, timeout: 60_000 })
      if (preemptions === undefined) continue
      const report = Effect.map(
        Explore.check(body, { strategy: "exhaustive", preemptions }),
        ({ isComplete }) => assert.isTrue(isComplete, "there are more schedules than an exploration tries")
      )
      it.live(`${title}, under every schedule with ${preemptions} preemptions`, () => report, 60_000)
    }
  })
}
