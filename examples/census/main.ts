/**
 * The command line: `npm start -- [FOLDER] [--threads N] [--top N] [--json]`.
 */
// By module: the package as a whole brings an HTTP client along, which takes longer to load than a small folder to count.
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as NodeServices from "@effect/platform-node/NodeServices"
import { Console, Effect, Fiber, FileSystem, References, Runtime, Schema, Stdio, Stream } from "effect"
import { Event, ThreadGroup } from "effect-threading"
import { Argument, CliOutput, Command, Flag } from "effect/cli"
import { relative } from "node:path"
import { fileURLToPath } from "node:url"
import { census } from "./census.ts"
import { formatReport, makeReport } from "./report.ts"

const defaultFolder = relative("", fileURLToPath(new URL("../../node_modules/effect", import.meta.url))) || "."

const atLeastOne = Flag.filter((n: number) => n >= 1, (n) => `a whole number from 1, not ${n}`)

const command = Command.make(
  "census",
  {
    folder: Argument.String("folder").pipe(
      Argument.withDescription("The folder to count; default: the project's copy of Effect"),
      Argument.withDefault(defaultFolder)
    ),
    threads: Flag.Int("threads").pipe(
      Flag.withDescription("How many workers count at once; default: 4"),
      atLeastOne,
      Flag.withDefault(4)
    ),
    top: Flag.Int("top").pipe(
      Flag.withDescription("How many rows each list has; default: 10"),
      atLeastOne,
      Flag.withDefault(10)
    ),
    json: Flag.Boolean("json").pipe(
      Flag.withDescription("Print the report as JSON (documented in report.ts)"),
      Flag.withDefault(false)
    )
  },
  Effect.fnUntraced(function*({ folder, json, threads, top }) {
    const stop = yield* Event.make()
    const program = Effect.gen(function*() {
      yield* checkFolder(folder)
      const [duration, counted] = yield* Effect.timed(ThreadGroup.supervise(census({ folder, threads, stop })))
      const report = makeReport(counted, top)
      yield* print(json ? JSON.stringify(report, null, 2) : formatReport(report, { folder, top, duration }))
    })
    yield* askingToStop(program, stop)
  }, Effect.tapError(({ message }) => Console.error(`census: ${message}`)))
).pipe(Command.withDescription("Counts what is in a folder, with several threads"))

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
