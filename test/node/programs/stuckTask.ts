/**
 * A thread whose task stands still in a worker until something is written to stdin; the task is cancelled, and so its worker
 * terminated, if that is `end`. Beside it one that only waits. It ends with its stdin.
 */
import { NodeRuntime } from "@effect/platform-node"
import { Console, Effect } from "effect"
import { Task, Thread, ThreadGroup } from "effect-threading"
import { NodeDiagnostics, NodeWorkerPool } from "effect-threading/node"
import { once } from "node:events"

const tasks = Task.module<typeof import("../workers/tasks.ts")>(new URL("../workers/tasks.ts", import.meta.url))

const inputEnded = once(process.stdin, "end")

const program = Effect.gen(function*() {
  const enough = new SharedArrayBuffer(4)
  // To load a module may take long enough for an alarm.
  yield* tasks.ready()
  const crawler = yield* Thread.fork(tasks.spin(enough), { name: "crawler" })
  const waiter = yield* Thread.fork(tasks.wait(enough), { name: "waiter" })
  const [line] = yield* Effect.promise(() => once(process.stdin, "data"))
  if (String(line).trim() === "end") yield* Thread.interrupt(crawler)
  Atomics.store(new Int32Array(enough), 0, 1)
  Atomics.notify(new Int32Array(enough), 0)
  yield* Thread.await(crawler)
  yield* Thread.join(waiter)
  yield* Console.log("all tasks have ended")
  yield* Effect.promise(() => inputEnded)
})

program.pipe(
  ThreadGroup.supervise,
  Effect.provide(NodeWorkerPool.layer({ name: "pool", size: 2, gracePeriod: "100 millis" })),
  Effect.provide(NodeDiagnostics.layer({ http: { port: 0 }, stall: { after: "200 millis" } })),
  NodeRuntime.runMain
)
