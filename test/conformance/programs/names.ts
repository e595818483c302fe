// Prints the names that the first threads of a process get.
import { NodeRuntime } from "@effect/platform-node"
import { Effect } from "effect"
import { Thread, ThreadGroup, Timer } from "effect-threading"

const program = Effect.gen(function*() {
  const threads = [
    yield* Thread.main,
    yield* Thread.make(Effect.void),
    yield* Thread.make(Effect.void, { name: "given" }),
    yield* Thread.fork(Effect.void, { name: "" }),
    yield* Timer.start(Effect.void, 0),
    yield* Timer.start(Effect.void, 0, { name: "timer" }),
    yield* Thread.make(Effect.void)
  ]
  for (const thread of threads) console.log(thread.name)
})

program.pipe(ThreadGroup.supervise, NodeRuntime.runMain)
