// Two timers, one cancelled in time. Python's `Timer(interval, function)`.
import { NodeRuntime } from "@effect/platform-node"
import { Console, Effect } from "effect"
import { Thread, ThreadGroup, Timer } from "effect-threading"

// #region timer
const program = Effect.gen(function*() {
  const alarm = yield* Console.log("never printed").pipe(Timer.start("1 hour", { name: "alarm" }))
  yield* Console.log(`cancelled: ${yield* Timer.cancel(alarm)}`)
  yield* Console.log(`alarm: ${yield* Thread.join(alarm)}`)

  const tea = yield* Timer.start(Effect.as(Console.log("the tea is ready"), "tea"), "2 millis")
  yield* Console.log(`tea: ${yield* Thread.join(tea)}`)
  yield* Console.log(`cancelled: ${yield* Timer.cancel(tea)}`)
})
// #endregion timer

program.pipe(ThreadGroup.supervise, NodeRuntime.runMain)

// Output:
// cancelled: true
// alarm: none()
// the tea is ready
// tea: some("tea")
// cancelled: false
