/** Our own pool, with all calls as fibers of one program, and with a program for each call. */
import { Effect, ManagedRuntime } from "effect"
import { Task } from "effect-threading"
import { NodeWorkerPool } from "effect-threading/node"
import { type Contender, promising, type Task as Name } from "./contender.ts"
import type { Pair } from "./tasks.ts"

const tasks = Task.module<typeof import("./tasks.ts")>(new URL("./tasks.ts", import.meta.url))

const open = (size: number) => ManagedRuntime.make(NodeWorkerPool.layer({ size }))

export const ours: Contender = {
  name: "ours",
  open: (size) => {
    const runtime = open(size)
    const all = (concurrency: number | "unbounded") => (task: Name, pairs: ReadonlyArray<Pair>) =>
      runtime.runPromise(Effect.forEach(pairs, (pair) => tasks[task](pair), { concurrency }))
    return {
      run: (task, pair) => runtime.runPromise(tasks[task](pair)),
      runAll: all("unbounded"),
      runEach: all(1),
      close: () => runtime.dispose()
    }
  }
}

export const oursPromised: Contender = {
  name: "ours, runPromise each",
  open: (size) => {
    const runtime = open(size)
    return promising((task, pair) => runtime.runPromise(tasks[task](pair)), () => runtime.dispose())
  }
}
