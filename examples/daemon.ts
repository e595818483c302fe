// The region waits for its workers and then interrupts its daemons. Python's `Thread(daemon=True)`.
import { NodeRuntime } from "@effect/platform-node"
import { Console, Effect } from "effect"
import { Event, Thread, ThreadGroup } from "effect-threading"

// #region daemon
const program = Effect.gen(function*() {
  const ticked = yield* Event.make()

  const heartbeat = Effect.gen(function*() {
    yield* Console.log("heartbeat: tick")
    yield* Event.set(ticked)
    yield* Effect.never
  }).pipe(Effect.ensuring(Console.log("heartbeat: stopped, and tidied up")))
  const job = Event.wait(ticked).pipe(Effect.andThen(Console.log("job: done")))

  yield* Thread.fork(heartbeat, { name: "heartbeat", daemon: true })
  yield* Thread.fork(job, { name: "job" })
  yield* Console.log("main: done") // the program goes on until the job has ended
})
// #endregion daemon

program.pipe(ThreadGroup.supervise, NodeRuntime.runMain)

// Output:
// main: done
// heartbeat: tick
// job: done
// heartbeat: stopped, and tidied up
