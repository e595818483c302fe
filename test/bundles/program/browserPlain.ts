import { Console, Effect } from "effect"
import { Task } from "effect-threading"
import { BrowserWorkerPool } from "effect-threading/browser"

// A module of its own, that nobody bundles.
const tasks = Task.module<{ readonly double: (n: number) => number }>(
  new URL("data:text/javascript,export const double = (n) => 2 * n")
)

await Effect.runPromise(
  tasks.double(21).pipe(Effect.flatMap(Console.log), Effect.provide(BrowserWorkerPool.layer({ size: 1 })))
)
