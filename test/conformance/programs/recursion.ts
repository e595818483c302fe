// Two threads recurse without end: one catches the error, the other dies of it.
import { NodeRuntime } from "@effect/platform-node"
import { Effect } from "effect"
import { Thread, ThreadGroup } from "effect-threading"

const deeper = (depth: number): number => 1 + deeper(depth + 1)
const recurse = Effect.sync(() => deeper(0))
const nameOf = (error: unknown) => error instanceof Error ? error.name : String(error)

const program = Effect.gen(function*() {
  const catching = yield* Thread.fork(
    Effect.catchDefect(recurse, (error) => Effect.sync(() => console.log("caught", nameOf(error))))
  )
  yield* Thread.join(catching)
  const dying = yield* Thread.fork(recurse)
  yield* Thread.await(dying)
  console.log("end of main")
})

program.pipe(
  ThreadGroup.supervise,
  Effect.provideService(
    Thread.ExceptHook,
    ({ cause }) =>
      Effect.sync(() => {
        for (const reason of cause.reasons) if (reason._tag === "Die") console.log("uncaught", nameOf(reason.defect))
      })
  ),
  NodeRuntime.runMain
)
