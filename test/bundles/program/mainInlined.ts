import { Effect } from "effect"
import { Task } from "effect-threading"
import { NodeWorkerPool } from "effect-threading/node"

const tasks = Task.module<typeof import("./tasks.ts")>(new URL("./tasks.ts", import.meta.url))
const worker = new URL(/* @vite-ignore */ "./worker.ts", import.meta.url)

await Effect.runPromise(Effect.provide(tasks.half(8), NodeWorkerPool.layer({ worker })))
