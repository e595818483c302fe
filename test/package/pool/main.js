// Type-checked and run against the packed tarball, in a project of its own, by check.ts.
import { Effect } from "effect"
import { Task } from "effect-threading"
import { NodeWorkerPool } from "effect-threading/node"

/** @type {Task.Module<typeof import("./tasks.js")>} */
const tasks = Task.module(new URL("./tasks.js", import.meta.url))

const program = Effect.all([tasks.sum([1, 2, 3]), tasks.half(8), Effect.flip(tasks.half(7))])

for (const layer of [NodeWorkerPool.layer({ size: 2 }), NodeWorkerPool.layerProcess({ size: 2 })]) {
  console.log(JSON.stringify(await Effect.runPromise(Effect.provide(program, layer))))
}
