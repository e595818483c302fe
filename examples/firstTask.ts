// Two cores compute while the event loop stays free: a module's functions, called as Effects, run on other OS threads.
import { NodeRuntime } from "@effect/platform-node"
import { Console, Effect } from "effect"
import { Task, Thread, ThreadGroup } from "effect-threading"
import { NodeWorkerPool } from "effect-threading/node"

// #region firstTask
const tasks = Task.module<typeof import("./tasks/fib.ts")>(new URL("./tasks/fib.ts", import.meta.url))

const program = Effect.gen(function*() {
  const both = Effect.all([tasks.fib(27), tasks.fib(28)], { concurrency: "unbounded" })
  const computing = yield* Thread.fork(both, { name: "computing" })

  yield* Effect.yieldNow
  yield* Console.log(`still computing: ${yield* Thread.isAlive(computing)}`)
  yield* Console.log(`done: ${yield* Thread.join(computing)}`)
}).pipe(ThreadGroup.supervise, Effect.provide(NodeWorkerPool.layer()))
// #endregion firstTask

NodeRuntime.runMain(program)

// Output:
// still computing: true
// done: 196418,317811
