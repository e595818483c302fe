/** What a primitive is put through: made once, used by everybody in many phases, and looked at after each, when all is at rest. */
import type * as ThreadGroup from "effect-threading/ThreadGroup"
import type * as Effect from "effect/Effect"
import type { Field } from "./field.ts"
import type { Rules, Walker } from "./walker.ts"

/** How the parties of one phase are. */
export interface Phase {
  /** How many operations it has. */
  readonly target: number
  /** How many walkers there are that do not die. */
  readonly survivors: number
  /** How many there are in all. */
  readonly walkers: number
}

export interface Scenario<P extends object> {
  readonly name: string
  readonly rules: Rules
  /** Whether nobody is woken. */
  readonly isMute?: boolean
  readonly make: Effect.Effect<P>
  /** Before a phase. */
  readonly begin?: (field: Field, primitive: P, phase: Phase) => Effect.Effect<void>
  /** All that a fiber does in a phase. */
  readonly fiber: (walker: Walker, primitive: P) => Effect.Effect<void, unknown, ThreadGroup.ThreadGroup>
  /** All that plain code in a worker does in a phase. True if the owner was found dead, which only an effect can repair. */
  readonly plain: (walker: Walker, primitive: P) => boolean
  /** Whether plain code may be interrupted, and be begun again. */
  readonly isPlainResumed: boolean
  readonly recover: (walker: Walker, primitive: P) => Effect.Effect<unknown, unknown>
  /** Helps those go on who are left, once a party has died. */
  readonly bereaved?: (field: Field, primitive: P) => Effect.Effect<void>
  /** When all have ended: that all is as it must be, and of use to whoever comes. */
  readonly rest: (walker: Walker, primitive: P, phase: Phase) => Effect.Effect<void, unknown>
  /** What is in shared memory, for reports. */
  readonly shared: (primitive: P, field: Field) => ReadonlyArray<object>
}

export type AnyScenario = Scenario<never>
