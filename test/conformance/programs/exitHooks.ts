// Main's finalizers run when main ends; the thread that the program waits for waits for one of them.
import { NodeRuntime } from "@effect/platform-node"
import { Effect } from "effect"
import { Event, Thread, ThreadGroup } from "effect-threading"

const print = (line: string) => Effect.sync(() => console.log(line))

const program = Effect.gen(function*() {
  const stop = yield* Event.make()
  yield* Effect.addFinalizer(() => print("registered first"))
  yield* Effect.addFinalizer(() => Effect.andThen(Event.set(stop), print("parrot")))
  yield* Effect.addFinalizer(() => print("registered last"))
  yield* Thread.fork(
    Effect.andThen(Event.wait(stop), Effect.andThen(Effect.sleep("20 millis"), print("end of thread")))
  )
  yield* print("end of main")
})

program.pipe(Effect.scoped, ThreadGroup.supervise, NodeRuntime.runMain)
