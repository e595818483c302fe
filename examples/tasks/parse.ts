/** Four ways for a task to fail. */
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"

export class NoNumberError extends Data.TaggedError("NoNumberError")<{ readonly text: string }> {}

/** An Effect tells in its type how it fails. */
export const parse = (text: string): Effect.Effect<number, NoNumberError> =>
  text.trim() === "" || Number.isNaN(Number(text))
    ? Effect.fail(new NoNumberError({ text }))
    : Effect.succeed(Number(text))

/** Plain code throws, of which the type knows nothing. */
export const digit = (text: string): number => {
  if (!/^\d$/.test(text)) throw new RangeError(`${text} is no digit`)
  return Number(text)
}

/** Stands for native code that takes its worker along. */
export const crash = (): void => process.exit(1)

/** A function is of no use in another OS thread. */
export const parserFor = (radix: number) => (text: string) => Number.parseInt(text, radix)
