// Five philosophers dine on two OS threads, with shared locks for forks. Two ways to dine without a deadlock.
import { NodeRuntime } from "@effect/platform-node"
import { Console, Effect } from "effect"
import { Task } from "effect-threading"
import { NodeWorkerPool } from "effect-threading/node"
import * as Table from "./tasks/table.ts"

// #region philosophers
const tasks = Task.module<typeof Table>(new URL("./tasks/table.ts", import.meta.url))

const meals = Effect.fn(function*(dine: typeof tasks.dineInOrder) {
  const table = yield* Table.make(5)
  // Every neighbour but one is on the other OS thread.
  yield* Effect.all([dine(table, [0, 2, 4], 100), dine(table, [1, 3], 100)], { concurrency: "unbounded" })
  return table.meals
})

const program = Effect.gen(function*() {
  yield* Console.log(`forks in order: ${yield* meals(tasks.dineInOrder)}`)
  yield* Console.log(`with a waiter: ${yield* meals(tasks.dineWithWaiter)}`)
}).pipe(Effect.provide(NodeWorkerPool.layer({ size: 2 })))
// #endregion philosophers

NodeRuntime.runMain(program)

// Output:
// forks in order: 100,100,100,100,100
// with a waiter: 100,100,100,100,100
