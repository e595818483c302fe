// Tasks in JavaScript.
import { Effect, Option } from "effect"

/** @param {ReadonlyArray<number>} ns */
export const sum = (ns) => ns.reduce((a, b) => a + b, 0)

/** @param {number} n */
export const half = (n) => n % 2 === 0 ? Effect.succeed(Option.some(n / 2)) : Effect.fail("odd")
