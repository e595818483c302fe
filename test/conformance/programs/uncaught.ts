// A thread's body throws after main has cleared its flag; main goes on.
import { NodeRuntime } from "@effect/platform-node"
import { Effect, Logger } from "effect"
import { Event, Thread, ThreadGroup } from "effect-threading"

class ZeroDivisionError extends Error {
  override readonly name = "ZeroDivisionError"
}

const divide = (a: number, b: number): number => {
  if (b === 0) throw new ZeroDivisionError("division by zero")
  return a / b
}

const program = Effect.gen(function*() {
  const isRunning = yield* Event.make()
  const mayGoOn = yield* Event.make()
  const thread = yield* Thread.fork(
    Effect.gen(function*() {
      yield* Event.set(isRunning)
      yield* Event.wait(mayGoOn)
      return divide(1, 0)
    }),
    { name: "divider" }
  )
  yield* Event.wait(isRunning)
  yield* Event.set(mayGoOn)
  yield* Thread.await(thread)
  console.log("main goes on")
})

program.pipe(ThreadGroup.supervise, Effect.provideService(Logger.LogToStderr, true), NodeRuntime.runMain)
