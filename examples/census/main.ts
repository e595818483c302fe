/**
 * The command line: `npm start -- [FOLDER] [--threads N] [--top N] [--compare] [--json]`.
 */
// By module: the package as a whole brings an HTTP client along, which takes longer to load than a small folder to count.
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as NodeServices from "@effect/platform-node/NodeServices"
import { Console, Effect, Fiber, FileSystem, Option, References, Runtime, Schema, Stdio, Stream } from "effect"
import { Event } from "effect-threading"
import { Argument, CliOutput, Command, Flag } from "effect/cli"
import { availableParallelism } from "node:os"
import { relative } from "node:path"
import { fileURLToPath } from "node:url"
import { compare, formatComparison } from "./compare.ts"
import { timedCensus } from "./engine.ts"
import { formatReport, makeReport } from "./report.ts"

const defaultFolder = relative("", fileURLToPath(new URL("../../node_modules/effect", import.meta.url))) || "."

const command = Command.make(
  "census",
  {
    folder: Argument.String("folder").pipe(
      Argument.withDescription("The folder to count; default: the project's copy of Effect"),
      Argument.withDefault(defaultFolder)
    ),
    threads: Flag.Int("threads").pipe(
      Flag.withDescription("How many OS threads count at once, up to 64; default: as many as there are cores"),
      Flag.filter((n) => n >= 1 && n <= 64, (n) => `a whole number from 1 to 64, not ${n}`),
      Flag.withDefault(Math.min(availableParallelism(), 64))
    ),
    top: Flag.Int("top").pipe(
      Flag.withDescription("How many rows each list has; default: 10"),
      Flag.filter((n) => n >= 1, (n) => `a whole number from 1, not ${n}`),
      Flag.withDefault(10)
    ),
    comparing: Flag.Boolean("compare").pipe(
      Flag.withDescription("Count twice, with one thread and with all, and compare"),
      Flag.withDefault(false)
    ),
    json: Flag.Boolean("json").pipe(
      Flag.withDescription("Print what there is to say as JSON (documented in report.ts and compare.ts)"),
      Flag.withDefault(false)
    )
  },
  Effect.fnUntraced(function*({ comparing, folder, json, threads, top }) {
    const stop = yield* Event.make()
    const problem = (problem: string) => Effect.fail(new CensusError({ subject: folder, problem }))
    const program = Effect.gen(function*() {
      yield* checkFolder(folder)
      if (comparing) {
        const comparison = Option.getOrUndefined(yield* compare({ folder, threads, stop }))
        if (comparison === undefined) return yield* problem("stopped before there was anything to compare")
        yield* print(json ? JSON.stringify(comparison, null, 2) : formatComparison(comparison, folder))
        if (!comparison.sameTotals) yield* problem("one thread and many count differently")
      } else {
        const [duration, counted] = yield* timedCensus({ folder, threads, stop })
        const report = makeReport(counted, top)
        yield* print(json ? JSON.stringify(report, null, 2) : formatReport(report, { folder, top, duration }))
      }
    }).pipe(
      Effect.catchTag("TaskError", ({ message }) => problem(message)),
      Effect.tapError(({ message }) => Console.error(`census: ${message}`))
    )
    yield* askingToStop(program, stop)
  })
).pipe(Command.withDescription("Counts what is in a folder, on all cores"))

class CensusError extends Schema.TaggedError<CensusError>()("CensusError", {
  subject: Schema.String,
  problem: Schema.String
}) {
  // It is told by the command, on one line.
  override readonly [Runtime.errorReported] = false
  override get message(): string {
    return `${this.subject}: ${this.problem}`
  }
}

const checkFolder = Effect.fnUntraced(function*(folder: string) {
  const fs = yield* FileSystem.FileSystem
  const { type } = yield* Effect.catch(
    fs.stat(folder),
    ({ reason }) =>
      Effect.fail(
        new CensusError({ subject: folder, problem: reason._tag === "NotFound" ? "no such folder" : reason.message })
      )
  )
  if (type !== "Directory") return yield* new CensusError({ subject: folder, problem: "not a folder" })
})

/**
 * Ctrl-C interrupts the fiber that runs this. It does not interrupt the effect, but asks it to stop and waits for it, so that
 * it can still say how far it came; then the fiber ends as interrupted, which makes the exit code 130.
 */
const askingToStop = <A, E, R>(effect: Effect.Effect<A, E, R>, stop: Event.Event): Effect.Effect<A, E, R> =>
  Effect.uninterruptibleMask((restore) =>
    Effect.gen(function*() {
      const fiber = yield* Effect.forkChild(effect)
      return yield* restore(Fiber.join(fiber)).pipe(
        Effect.onInterrupt(() => Effect.andThen(Event.set(stop), Fiber.await(fiber)))
      )
    })
  )

const print = Effect.fnUntraced(function*(text: string) {
  const stdio = yield* Stdio.Stdio
  yield* Stream.run(Stream.make(`${text}\n`), stdio.stdout())
}, Effect.mapError(({ reason }) => new CensusError({ subject: "standard output", problem: String(reason.cause) })))

/** Keeps standard output for reports: a wrong argument is one line on standard error, without the help. */
const presenter: CliOutput.Presenter = {
  present: (event) =>
    event._tag === "InvalidInvocation"
      ? Effect.forEach(event.errors, ({ message }) => Console.error(`census: ${message} (--help tells more)`), {
        discard: true
      })
      : CliOutput.defaultPresenter.present(event)
}

command.pipe(
  Command.run({ version: "1.0.0" }),
  Effect.provideService(CliOutput.Presenter, presenter),
  Effect.provideService(References.LogToStderr, true),
  Effect.provide(NodeServices.layer),
  NodeRuntime.runMain
)
