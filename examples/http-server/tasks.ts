/** What the server computes: none of it on the OS thread that answers requests, unless it is told to. */
import { Effect, Schema, Stream } from "effect"
import { Task } from "effect-threading"
import { createHash } from "node:crypto"

export class BadInput extends Schema.TaggedError<BadInput>("http-server/BadInput")("BadInput", {
  message: Schema.String
}) {}

/** Hashes the bytes so many times over. It looks at whether anybody wants that still. */
export const hash = (bytes: Uint8Array, rounds: number): string => {
  let digest: Uint8Array = createHash("sha256").update(bytes).digest()
  for (let round = 1; round < rounds; round++) {
    Task.checkpoint()
    digest = createHash("sha256").update(digest).update(bytes).digest()
  }
  return Buffer.from(digest).toString("hex")
}

const slowFib = (n: number): number => n < 2 ? n : slowFib(n - 1) + slowFib(n - 2)

/** The n-th Fibonacci number, by the longest way there is. Once it spins it hears nothing, and can only be ended with its worker. */
export const fib = (n: number): Effect.Effect<number, BadInput> =>
  Number.isInteger(n) && n >= 0 && n <= 60
    ? Effect.sync(() => slowFib(n))
    : Effect.fail(new BadInput({ message: `n must be a whole number from 0 to 60, not ${n}` }))

const encoder = new TextEncoder()

/** So many lines of text, each with work behind it, made as fast as they are read. */
export const report = (rows: number): Stream.Stream<Uint8Array, BadInput> =>
  rows >= 1
    ? Stream.range(1, rows).pipe(
      Stream.rechunk(16),
      Stream.map((row) => encoder.encode(`row ${row}: fib(18) = ${slowFib(18)}\n`))
    )
    : Stream.fail(new BadInput({ message: `rows must be a number from 1, not ${rows}` }))
