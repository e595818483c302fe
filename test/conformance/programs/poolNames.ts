// Prints the names of the first workers of a process's first executors.
import { NodeRuntime } from "@effect/platform-node"
import { Console, Effect } from "effect"
import { Future, Thread, ThreadGroup, ThreadPoolExecutor } from "effect-threading"

const program = Effect.forEach([undefined, "given", undefined], (threadNamePrefix) =>
  Effect.gen(function*() {
    const pool = yield* ThreadPoolExecutor.make({ threadNamePrefix })
    const tasks = yield* Effect.replicateEffect(
      ThreadPoolExecutor.submit(pool, Effect.andThen(Effect.yieldNow, Thread.current)),
      2
    )
    for (const task of tasks) yield* Console.log((yield* Future.result(task)).name)
  }))

program.pipe(Effect.scoped, ThreadGroup.supervise, NodeRuntime.runMain)
