// While the program shuts down, a daemon's cleanup tries to start a thread.
import { NodeRuntime } from "@effect/platform-node"
import { Effect } from "effect"
import { Event, Thread, ThreadGroup } from "effect-threading"

const program = Effect.gen(function*() {
  const waiting = yield* Event.make()
  const startAnother = Thread.fork(Effect.sync(() => console.log("this thread must not run"))).pipe(
    Effect.catchDefect((error) =>
      Effect.sync(() => console.log(error instanceof Thread.ThreadGroupClosedError ? "refused" : error))
    )
  )
  yield* Thread.fork(
    Effect.onInterrupt(Effect.andThen(Event.set(waiting), Effect.never), () => startAnother),
    { daemon: true }
  )
  yield* Event.wait(waiting)
})

program.pipe(ThreadGroup.supervise, NodeRuntime.runMain)
