import { Effect } from "effect"
import { Task } from "effect-threading"
import { NodeWorkerPool } from "effect-threading/node"
import { pathToFileURL } from "node:url"

const tasks = Task.module<typeof import("./tasks.ts")>(pathToFileURL("tasks.mjs"))

void Effect.runPromise(Effect.provide(tasks.half(8), NodeWorkerPool.layer()))
