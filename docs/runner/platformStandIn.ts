/** `@effect/platform-node` in the page, as far as programs need it to be run. */
import * as Effect from "effect/Effect"
import { runMain as run } from "./programs.ts"

type Main = Effect.Effect<unknown, unknown>

const runMain = (effectOrOptions?: Main | object) =>
  Effect.isEffect(effectOrOptions) ? run(effectOrOptions as Main) : run

export const NodeRuntime = { runMain }
