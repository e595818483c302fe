/**
 * The command line: `npm start -- [FOLDER] [--threads N] [--top N] [--json]`.
 */
import { NodeRuntime, NodeServices } from "@effect/platform-node"
import { Effect, Fiber, FileSystem, References, Runtime, Schema, Stdio, Stream } from "effect"
import { Event, ThreadGroup } from "effect-threading"
import { Argument, Command, Flag } from "effect/cli"
import { relative } from "node:path"
import { fileURLToPath } from "node:url"
import { census } from "./census.ts"
import { formatReport, makeReport } from "./report.ts"

const defaultFolder = relative("", fileURLToPath(new URL("../../node_modules/effect", import.meta.url)))

const atLeastOne = Schema.Int.check(Schema.isGreaterThanOrEqualTo(1, { message: "expected a whole number from 1" }))

class NoFolderError extends Schema.TaggedError<NoFolderError>()("NoFolderError", {
  folder: Schema.String,
  problem: Schema.String
}) {
  override readonly [Runtime.errorReported] = false
  override get message(): string {
    return `census: ${this.folder}: ${this.problem}`
  }
}

const print = Effect.fnUntraced(function*(text: string) {
  const stdio = yield* Stdio.Stdio
  yield* Stream.run(Stream.make(`${text}\n`), stdio.stdout())
})

const printError = Effect.fnUntraced(function*(text: string) {
  const stdio = yield* Stdio.Stdio
  yield* Stream.run(Stream.make(`${text}\n`), stdio.stderr())
})

const checkFolder = Effect.fnUntraced(function*(folder: string) {
  const fs = yield* FileSystem.FileSystem
  const info = yield* Effect.catch(fs.stat(folder), ({ reason }) =>
    Effect.fail(
      new NoFolderError({
        folder,
        problem: reason._tag === "NotFound" ? "no such folder" : reason.message
      })
    ))
  if (info.type !== "Directory") return yield* new NoFolderError({ folder, problem: "not a folder" })
})

/**
 * Ctrl-C interrupts the fiber that runs this. The effect is then not interrupted, but asked to stop, and waited for, so that it
 * can still say how far it came.
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

const command = Command.make(
  "census",
  {
    folder: Argument.String("folder").pipe(
      Argument.withDescription("The folder to count; default: the project's copy of Effect"),
      Argument.withDefault(defaultFolder)
    ),
    threads: Flag.Int("threads").pipe(
      Flag.withDescription("How many workers count at once"),
      Flag.withSchema(atLeastOne),
      Flag.withDefault(4)
    ),
    top: Flag.Int("top").pipe(
      Flag.withDescription("How many rows the lists have"),
      Flag.withSchema(atLeastOne),
      Flag.withDefault(10)
    ),
    json: Flag.Boolean("json").pipe(Flag.withDescription("Print the report as JSON"), Flag.withDefault(false))
  },
  Effect.fnUntraced(function*({ folder, json, threads, top }) {
    const stop = yield* Event.make()
    yield* Effect.gen(function*() {
      yield* checkFolder(folder)
      const result = yield* ThreadGroup.supervise(census({ folder, threads, stop }))
      const report = makeReport(result, top)
      yield* print(json ? JSON.stringify(report, null, 2) : formatReport(report, folder, top))
    }).pipe((counting) => askingToStop(counting, stop))
  }, Effect.tapError((error) => printError(error.message)))
).pipe(Command.withDescription("Counts what is in a folder, with several threads"))

command.pipe(
  Command.run({ version: "1.0.0" }),
  Effect.provideService(References.LogToStderr, true),
  Effect.provide(NodeServices.layer),
  NodeRuntime.runMain
)
