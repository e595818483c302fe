// Main ends by success or failure, or waits for SIGINT, as the argument says; a thread and a daemon are there meanwhile.
import { NodeRuntime } from "@effect/platform-node"
import { Effect } from "effect"
import { Event, Thread, ThreadGroup } from "effect-threading"

const how = process.argv[2]
const print = (line: string) => Effect.sync(() => console.log(line))

const program = Effect.gen(function*() {
  const daemonWaits = yield* Event.make()
  const threadWaits = yield* Event.make()
  const daemon = Effect.onInterrupt(
    Effect.andThen(Event.set(daemonWaits), Effect.never),
    () => Effect.andThen(Effect.sleep("20 millis"), print("daemon cleaned up"))
  )
  const thread = Event.set(threadWaits).pipe(
    Effect.andThen(how === "sigint" ? Effect.never : Effect.sleep("50 millis")),
    Effect.andThen(print("end of thread")),
    Effect.onInterrupt(() => print("thread interrupted"))
  )
  yield* Thread.fork(daemon, { daemon: true })
  yield* Thread.fork(thread)
  yield* Event.wait(daemonWaits)
  yield* Event.wait(threadWaits)
  if (how === "sigint") {
    yield* Effect.onInterrupt(Effect.andThen(print("ready"), Effect.never), () => print("main interrupted"))
  }
  yield* print("end of main")
  if (how === "failure") return yield* Effect.fail(new Error("boom"))
})

program.pipe(ThreadGroup.supervise, NodeRuntime.runMain({ disableErrorReporting: true }))
