/** A worker of a pool that stands still until something is written to stdin; it is ended there if that is `end`. */
import { NodeRuntime } from "@effect/platform-node"
import { Console, Effect } from "effect"
import { NodeDiagnostics } from "effect-threading/node"
import { once } from "node:events"
import { Worker } from "node:worker_threads"
import { openPools } from "../../../src/internal/pool/registry.ts"
import { sampleStack } from "../../../src/node/internal/workerStack.ts"
import { watchWorker } from "../../../src/node/internal/workerStalls.ts"
import type { Standing } from "../workers/standing.ts"

const program = Effect.gen(function*() {
  const name = "pool worker-1"
  const since = Date.now()
  const enough = new SharedArrayBuffer(4)
  const watched = watchWorker(name)
  const workerData: Standing = { how: "spin", enough, pulse: watched?.pulse }
  const worker = new Worker(new URL("../workers/standing.ts", import.meta.url), { name, workerData })
  const exited = once(worker, "exit").then(() => watched?.ended())
  openPools.add({
    name: "pool",
    snapshot: () => ({
      name: "pool",
      engine: "threads",
      size: 1,
      queued: 0,
      workers: [{
        name,
        id: worker.threadId,
        state: "busy",
        since,
        tasks: [{ name: "standing.ts#spin", state: "running", since, caller: "crawler" }],
        tasksDone: 0
      }]
    }),
    stackOf: () => sampleStack(worker)
  })
  const [line] = yield* Effect.promise(() => once(process.stdin, "data"))
  if (String(line).trim() === "end") yield* Effect.promise(() => worker.terminate())
  else Atomics.store(new Int32Array(enough), 0, 1)
  yield* Effect.promise(() => exited)
  openPools.clear()
  process.stdin.destroy()
  yield* Console.log("the worker has ended")
  // Until the alarm has been told that it is over.
  yield* Effect.sleep("1 second")
})

program.pipe(
  Effect.provide(NodeDiagnostics.layer({ http: { port: 0 }, stall: { after: "200 millis" } })),
  NodeRuntime.runMain
)
