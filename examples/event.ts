// Runners wait for the starting shot; one of them not for long. Python's `event.wait(timeout)` and `event.set()`.
import { NodeRuntime } from "@effect/platform-node"
import { Console, Effect, Option } from "effect"
import { Event, Thread, ThreadGroup } from "effect-threading"

// #region event
const program = Effect.gen(function*() {
  const shot = yield* Event.make()

  const patient = Effect.gen(function*() {
    yield* Event.wait(shot)
    const { name } = yield* Thread.current
    yield* Console.log(`${name} runs`)
  })
  const impatient = Effect.gen(function*() {
    const heard = yield* Event.wait(shot).pipe(Effect.timeoutOption("2 millis"))
    yield* Console.log(Option.isSome(heard) ? "Cy runs" : "Cy went home")
  })

  const ann = yield* Thread.fork(patient, { name: "Ann" })
  const bob = yield* Thread.fork(patient, { name: "Bob" })
  yield* Thread.join(yield* Thread.fork(impatient))

  yield* Console.log(`shot heard: ${yield* Event.isSet(shot)}`)
  yield* Event.set(shot)
  yield* Thread.join(ann)
  yield* Thread.join(bob)
})
// #endregion event

program.pipe(ThreadGroup.supervise, NodeRuntime.runMain)

// Output:
// Cy went home
// shot heard: false
// Ann runs
// Bob runs
