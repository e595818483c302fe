import { Effect, Stream } from "effect"
import { Task } from "effect-threading"

export { slowly } from "./leaf.ts"

export const add = (a: number, b: number): number => a + b
export const numbers = (n: number): Stream.Stream<number> => Stream.rechunk(Stream.range(1, n), 1)

const leaf = Task.module<typeof import("./leaf.ts")>(new URL("./leaf.ts", import.meta.url))

export const twice = (n: number) =>
  Effect.map(Effect.all([leaf.slowly(n), leaf.slowly(n)], { concurrency: "unbounded" }), ([a, b]) => a + b)
