/** Tests of what several threads do together: the first assertion that fails, in whichever thread, ends the test. */
import { it } from "@effect/vitest"
import { Effect } from "effect"
import type { Scope } from "effect"
import { ThreadGroup } from "effect-threading"

/** A test that runs as the main thread of a nursery, with virtual time. */
export const test = <E>(title: string, body: Effect.Effect<void, E, ThreadGroup.ThreadGroup | Scope.Scope>) =>
  it.effect(title, () => ThreadGroup.nursery(body))

/** Gives others so many turns that whoever can go on has done so. For showing that nobody does: else wait for a state. */
export const turns: Effect.Effect<void> = Effect.replicateEffect(Effect.yieldNow, 20, { discard: true })
