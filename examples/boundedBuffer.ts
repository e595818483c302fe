// Producers and consumers on several OS threads share a buffer with four places. Python's `queue.Queue(maxsize=4)`, between cores.
import { NodeRuntime } from "@effect/platform-node"
import { Console, Effect } from "effect"
import { Task } from "effect-threading"
import { NodeWorkerPool } from "effect-threading/node"
import * as BoundedBuffer from "./tasks/boundedBuffer.ts"

// #region boundedBuffer
const tasks = Task.module<typeof BoundedBuffer>(new URL("./tasks/boundedBuffer.ts", import.meta.url))

const program = Effect.gen(function*() {
  const buffer = yield* BoundedBuffer.make(4)
  const [first, second] = yield* Effect.all([
    tasks.consume(buffer, 500),
    tasks.consume(buffer, 500),
    tasks.produce(buffer, 0, 500),
    // The main thread as well: this waits, and never blocks it.
    BoundedBuffer.produce(buffer, 500, 1_000)
  ], { concurrency: "unbounded" })

  yield* Console.log(`taken: ${first.length} and ${second.length}`)
  yield* Console.log(`each one once: ${new Set([...first, ...second]).size === 1_000}`)
}).pipe(Effect.provide(NodeWorkerPool.layer({ size: 3 })))
// #endregion boundedBuffer

NodeRuntime.runMain(program)

// Output:
// taken: 500 and 500
// each one once: true
