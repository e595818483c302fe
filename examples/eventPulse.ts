// An event that is set and cleared at once: those who waited go on, who comes later waits for the next time.
import { NodeRuntime } from "@effect/platform-node"
import { Console, Effect } from "effect"
import { Event, Thread, ThreadGroup } from "effect-threading"

// #region eventPulse
const program = Effect.gen(function*() {
  const tick = yield* Event.make({ name: "tick" })
  const pulse = Effect.andThen(Event.set(tick), Event.clear(tick))

  const wait = Effect.gen(function*() {
    yield* Event.wait(tick)
    const { name } = yield* Thread.current
    yield* Console.log(`${name} heard it`)
  })

  const ann = yield* Thread.fork(wait, { name: "Ann" })
  const bob = yield* Thread.fork(wait, { name: "Bob" })
  yield* Effect.yieldNow // they begin, and wait
  yield* pulse
  const cy = yield* Thread.fork(wait, { name: "Cy" })
  yield* Effect.forEach([ann, bob], Thread.join)
  yield* Console.log(`set: ${yield* Event.isSet(tick)}, Cy waits: ${yield* Thread.isAlive(cy)}`)

  yield* pulse
  yield* Thread.join(cy)
})
// #endregion eventPulse

program.pipe(ThreadGroup.supervise, NodeRuntime.runMain)

// Output:
// Ann heard it
// Bob heard it
// set: false, Cy waits: true
// Cy heard it
