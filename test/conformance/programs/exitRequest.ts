// Main asks for the process to end, with exit code 3 and without a word, while a thread still sleeps.
import { NodeRuntime } from "@effect/platform-node"
import { Effect, Runtime } from "effect"
import { Thread, ThreadGroup } from "effect-threading"

class ExitRequest extends Error {
  override readonly [Runtime.errorExitCode] = 3
  override readonly [Runtime.errorReported] = false
}

const program = Effect.gen(function*() {
  yield* Thread.fork(Effect.andThen(Effect.sleep("200 millis"), Effect.sync(() => console.log("end of thread"))))
  console.log("end of main")
  return yield* Effect.fail(new ExitRequest())
})

program.pipe(ThreadGroup.supervise, NodeRuntime.runMain)
