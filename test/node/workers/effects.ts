/** A task that ends when it is interrupted. */
import { Effect } from "effect"

export const never = (): Effect.Effect<never> => Effect.never
