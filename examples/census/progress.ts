/**
 * The live line: a daemon thread that looks at the totals ten times a second. The region ends it when everybody else is done,
 * and it wipes its line before it goes. Nothing is shown unless a person looks: both outputs must be a terminal.
 */
import { Effect, Stdio, Stream } from "effect"
import { Thread } from "effect-threading"
import { formatBytes, formatOf } from "./format.ts"

export const showProgress = Effect.fnUntraced(
  function*(look: Effect.Effect<{ readonly files: number; readonly bytes: number }>) {
    const stdio = yield* Stdio.Stdio
    if (!(yield* stdio.stderrIsTerminal) || !(yield* stdio.stdoutIsTerminal)) return
    const write = (text: string) => Effect.ignore(Stream.run(Stream.make(text), stdio.stderr()))

    const line = Effect.gen(function*() {
      const { bytes, files } = yield* look
      yield* write(`${wipe}counted ${formatOf(files, "file")}, ${formatBytes(bytes)} …`)
      yield* Effect.sleep("100 millis")
    })
    yield* Thread.fork(Effect.ensuring(Effect.forever(line), write(wipe)), { name: "progress", daemon: true })
  }
)

/** Back to the first column, and clear what is right of it. */
const wipe = "\r\u001b[K"
