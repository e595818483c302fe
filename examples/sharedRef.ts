// OS threads take turns at slices of a search, and keep its best result, without a lock. Python's `multiprocessing.Value`.
import { NodeRuntime } from "@effect/platform-node"
import { Console, Effect } from "effect"
import { SharedRef, Task } from "effect-threading"
import { NodeWorkerPool } from "effect-threading/node"

// #region sharedRef
const tasks = Task.module<typeof import("./tasks/collatz.ts")>(new URL("./tasks/collatz.ts", import.meta.url))

const program = Effect.gen(function*() {
  const search = { next: yield* SharedRef.make(1), longest: yield* SharedRef.make(0) }
  const slices = yield* Effect.replicateEffect(tasks.search(search, 100_000), 2, { concurrency: "unbounded" })

  yield* Console.log(`slices, each done once: ${slices.reduce((sum, n) => sum + n)}`)
  yield* Console.log(`the longest way to 1: ${yield* SharedRef.get(search.longest)} steps`)
}).pipe(Effect.provide(NodeWorkerPool.layer({ size: 2 })))
// #endregion sharedRef

NodeRuntime.runMain(program)

// Output:
// slices, each done once: 100
// the longest way to 1: 350 steps
