// A time-out cancels the task, and not just the wait for it; a task that heeds nothing is ended with its worker.
import { NodeRuntime } from "@effect/platform-node"
import { Console, Effect, Option } from "effect"
import { Task, Thread, ThreadGroup, WorkerPool } from "effect-threading"
import { NodeWorkerPool } from "effect-threading/node"

// #region cancelTask
const tasks = Task.module<typeof import("./tasks/search.ts")>(new URL("./tasks/search.ts", import.meta.url))

const program = Effect.gen(function*() {
  yield* Console.log(`in time: ${yield* tasks.count(10_000)}`)

  const late = yield* tasks.count(Infinity).pipe(Effect.timeoutOption("20 millis"))
  yield* Console.log(`out of time: ${Option.isNone(late)}`)

  const poller = yield* Thread.fork(tasks.poll(5), { name: "poller" })
  yield* Thread.interrupt(poller)
  yield* Console.log(`interrupted: ${!(yield* Thread.isAlive(poller))}`)
  yield* Console.log(`workers ended by force: ${(yield* WorkerPool.stats).terminated}`)

  yield* tasks.deaf().pipe(Effect.timeoutOption("20 millis"))
  yield* Console.log(`workers ended by force: ${(yield* WorkerPool.stats).terminated}`)
}).pipe(ThreadGroup.supervise, Effect.provide(NodeWorkerPool.layer({ size: 1, gracePeriod: "300 millis" })))
// #endregion cancelTask

NodeRuntime.runMain(program)

// Output:
// in time: 10000
// out of time: true
// interrupted: true
// workers ended by force: 0
// workers ended by force: 1
