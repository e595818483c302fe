/** What the server computes: none of it on the OS thread that answers requests, unless it is told to. */
import { Effect, Schema, Stream } from "effect"
import { Task } from "effect-threading"
import { createHash } from "node:crypto"

export class BadInput extends Schema.TaggedError<BadInput>("http-server/BadInput")("BadInput", {
  message: Schema.String
}) {}

/** Hashes the bytes so many times over. */
export const hash = (bytes: Uint8Array, rounds: number): string => {
  let digest: Uint8Array = createHash("sha256").update(bytes).digest()
  for (let round = 1; round < rounds; round++) {
    Task.checkpoint()
    digest = createHash("sha256").update(digest).update(bytes).digest()
  }
  return Buffer.from(digest).toString("hex")
}

const slowFib = (n: number): number => {
  // Often enough to end soon, seldom enough to cost nothing.
  if (n === 20) Task.checkpoint()
  return n < 2 ? n : slowFib(n - 1) + slowFib(n - 2)
}

/** The n-th Fibonacci number, by the longest way there is. */
export const fib = (n: number): Effect.Effect<number, BadInput> =>
  Number.isInteger(n) && n >= 0 && n <= 60
    ? Effect.sync(() => slowFib(n))
    : Effect.fail(new BadInput({ message: `n must be a whole number from 0 to 60, not ${n}` }))

const encoder = new TextEncoder()

/** So many lines of text, each with work behind it, made as fast as they are read. */
export const report = (rows: number): Stream.Stream<Uint8Array, BadInput> =>
  rows >= 0
    ? Stream.range(1, rows).pipe(
      Stream.rechunk(16),
      Stream.map((row) => encoder.encode(`row ${row}: fib(18) = ${slowFib(18)}\n`)),
      Stream.rechunk(16)
    )
    : Stream.fail(new BadInput({ message: `rows must not be negative, but is ${rows}` }))
