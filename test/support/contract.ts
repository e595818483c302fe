/**
 * A contract: the behaviours that every implementation of a primitive has, as data, so that the tests run them as they are and
 * under exploration, and the mutants show that each wrong implementation fails one of them.
 */
import { describe, it } from "@effect/vitest"
import type { Effect, Scope } from "effect"
import { ThreadGroup } from "effect-threading"

export interface Case {
  /** A sentence about behaviour. */
  readonly title: string
  readonly body: Effect.Effect<void, unknown, ThreadGroup.ThreadGroup | Scope.Scope>
  /** How many random schedules show it under exploration: 100 unless told. */
  readonly schedules?: number | undefined
  /** Small enough to run under every schedule with up to this many preemptions. */
  readonly preemptions?: number | undefined
}

/** Runs each case once, as the main thread of a nursery, with virtual time. */
export const contract = (name: string, cases: ReadonlyArray<Case>): void => {
  describe(name, () => {
    for (const { body, title } of cases) it.effect(title, () => ThreadGroup.nursery(body))
  })
}
