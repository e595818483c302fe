/** The parts that workers play. */
import type * as Effect from "effect/Effect"
import { type Part, playFibers, playPlain } from "./part.ts"

export const fibers = (part: Part): Effect.Effect<void, unknown> => playFibers(part)

/** True if an effect has to repair what a dead owner has left. */
export const plain = (part: Part): boolean => playPlain(part)
