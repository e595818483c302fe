// How a task can fail: as it says, by throwing, with its worker, or since a value cannot cross. The pool survives all of it.
import { NodeRuntime } from "@effect/platform-node"
import { Console, Effect, References } from "effect"
import { Task } from "effect-threading"
import { NodeWorkerPool } from "effect-threading/node"

// #region taskErrors
const tasks = Task.module<typeof import("./tasks/parse.ts")>(new URL("./tasks/parse.ts", import.meta.url))

const program = Effect.gen(function*() {
  yield* tasks.parse("ten").pipe(
    Effect.catchTag("NoNumberError", ({ text }) => Console.log(`its own error: "${text}" is no number`))
  )
  yield* tasks.digit("x").pipe(
    Effect.catchDefect((defect) => Console.log(`what it throws is a defect: ${defect}`))
  )
  yield* tasks.crash().pipe(
    Effect.catchReason("TaskError", "Exited", () => Console.log("its worker died"))
  )
  yield* tasks.parserFor(2).pipe(
    Effect.catchReason("TaskError", "Unserializable", ({ message }) => Console.log(message))
  )
  yield* Console.log(`the pool goes on: ${yield* tasks.parse("10")}`)
}).pipe(Effect.provide(NodeWorkerPool.layer({ size: 1 })))
// #endregion taskErrors

// The pool logs a warning when a worker dies, with the time.
program.pipe(Effect.provideService(References.MinimumLogLevel, "Error"), NodeRuntime.runMain)

// Output:
// its own error: "ten" is no number
// what it throws is a defect: RangeError: x is no digit
// its worker died
// result cannot cross to another OS thread: it is a function
// the pool goes on: 10
