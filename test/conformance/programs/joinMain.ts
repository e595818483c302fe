// A thread joins main, so it goes on when main has ended; then it starts another thread.
import { NodeRuntime } from "@effect/platform-node"
import { Effect } from "effect"
import { Thread, ThreadGroup } from "effect-threading"

const print = (line: string) => Effect.sync(() => console.log(line))

const program = Effect.gen(function*() {
  const main = yield* Thread.main
  yield* Thread.fork(Effect.gen(function*() {
    yield* Thread.join(main)
    yield* print("end of thread")
    yield* Thread.fork(Effect.andThen(Effect.sleep("20 millis"), print("OK")))
  }))
  yield* Effect.sleep("20 millis")
  yield* print("end of main")
})

program.pipe(ThreadGroup.supervise, NodeRuntime.runMain)
