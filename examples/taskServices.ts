// A service that each worker builds once, before its first task: a parsed model, a connection, or a list of prices.
import { NodeRuntime } from "@effect/platform-node"
import { Console, Effect } from "effect"
import { Task, WorkerPool } from "effect-threading"
import { NodeWorkerPool } from "effect-threading/node"

// #region taskServices
const orders = new URL("./tasks/orders.ts", import.meta.url)
const tasks = Task.module<typeof import("./tasks/orders.ts")>(orders)
const services = WorkerPool.services<typeof import("./tasks/orders.ts")>(orders)

const program = Effect.gen(function*() {
  for (const items of [["tea"], ["tea", "cake"], ["cake", "cake"]]) {
    const { cents, timesBuilt } = yield* tasks.total(items)
    yield* Console.log(`${items}: ${cents} cents, and the prices were built ${timesBuilt} time`)
  }
  // Without `services` this line does not compile: `total` needs a pool that offers `Prices`.
}).pipe(Effect.provide(NodeWorkerPool.layer({ size: 1, services })))
// #endregion taskServices

NodeRuntime.runMain(program)

// Output:
// tea: 4 cents, and the prices were built 1 time
// tea,cake: 11 cents, and the prices were built 1 time
// cake,cake: 14 cents, and the prices were built 1 time
