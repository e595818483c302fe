import { Effect } from "effect"

export const slowly = (n: number): Effect.Effect<number> => Effect.as(Effect.yieldNow, n)
