// Main sets a thread-local, and its finalizer reads it when the program ends.
import { NodeRuntime } from "@effect/platform-node"
import { Effect } from "effect"
import { ThreadGroup, ThreadLocal } from "effect-threading"

const program = Effect.gen(function*() {
  const local = yield* ThreadLocal.make(() => 0)
  yield* Effect.addFinalizer(() => Effect.map(ThreadLocal.get(local), (value) => console.log(`at exit: ${value}`)))
  yield* ThreadLocal.set(local, 1)
  console.log("end of main")
})

program.pipe(Effect.scoped, ThreadGroup.supervise, NodeRuntime.runMain)
