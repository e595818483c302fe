// A time-out ends the wait for a thread, an interruption ends the thread. Python has the first only: `join(timeout)`.
import { NodeRuntime } from "@effect/platform-node"
import { Console, Effect, Exit, Option } from "effect"
import { Thread, ThreadGroup } from "effect-threading"

// #region interrupt
const program = Effect.gen(function*() {
  const download = yield* Effect.never.pipe(
    Effect.onInterrupt(() => Console.log("download: connection closed")),
    Thread.fork({ name: "download" })
  )
  yield* Effect.yieldNow // it begins

  const late = yield* Thread.join(download).pipe(Effect.timeoutOption("2 millis"))
  yield* Console.log(`in time: ${Option.isSome(late)}, alive: ${yield* Thread.isAlive(download)}`)

  yield* Thread.interrupt(download) // goes on when its finalizers have run
  const exit = yield* Thread.await(download)
  yield* Console.log(`interrupted: ${Exit.hasInterrupts(exit)}, alive: ${yield* Thread.isAlive(download)}`)
})
// #endregion interrupt

program.pipe(ThreadGroup.supervise, NodeRuntime.runMain)

// Output:
// in time: false, alive: true
// download: connection closed
// interrupted: true, alive: false
