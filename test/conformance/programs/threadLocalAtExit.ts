// A thread outlives main, and has a thread-local whose release takes its time.
import { NodeRuntime } from "@effect/platform-node"
import { Effect } from "effect"
import { Thread, ThreadGroup, ThreadLocal } from "effect-threading"

const program = Effect.gen(function*() {
  const connection = yield* ThreadLocal.resource(
    Effect.acquireRelease(
      Effect.succeed("connection"),
      () => Effect.andThen(Effect.sleep("50 millis"), Effect.sync(() => console.log("released")))
    )
  )
  yield* Thread.fork(Effect.gen(function*() {
    yield* ThreadLocal.get(connection)
    yield* Effect.sleep("50 millis")
    console.log("end of thread")
  }))
  console.log("end of main")
})

program.pipe(ThreadGroup.supervise, NodeRuntime.runMain)
