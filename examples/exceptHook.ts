// A thread that fails tells the hook, and whoever joins it. Python's `threading.excepthook`.
import { NodeRuntime } from "@effect/platform-node"
import { Cause, Console, Data, Effect } from "effect"
import { Thread, ThreadGroup } from "effect-threading"

// #region exceptHook
class NoRoomError extends Data.TaggedError("NoRoomError")<{ readonly folder: string }> {}

const program = Effect.gen(function*() {
  const upload = yield* Thread.fork(new NoRoomError({ folder: "inbox" }), { name: "upload" })
  yield* Thread.join(upload).pipe(
    Effect.catchTag("NoRoomError", ({ folder }) => Console.log(`main: no room in the ${folder}`))
  )

  // Nobody joins this one. The region does not fail with it, but the hook hears of it.
  yield* Thread.fork(Effect.die("out of ink"), { name: "printer" })
}).pipe(
  Effect.provideService(
    Thread.ExceptHook,
    ({ cause, thread }) => Console.log(`hook: ${thread.name} ended with ${Cause.squash(cause)}`)
  )
)
// #endregion exceptHook

program.pipe(ThreadGroup.supervise, NodeRuntime.runMain)

// Output:
// hook: upload ended with NoRoomError
// main: no room in the inbox
// hook: printer ended with out of ink
