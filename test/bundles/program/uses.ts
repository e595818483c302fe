/** What a caller sees of the tasks in Node's workers of both kinds. */
import type { Task } from "effect-threading"
import { NodeWorkerPool } from "effect-threading/node"
import type { Step } from "./services.ts"
import { use } from "./use.ts"

export { classes } from "./use.ts"

export const uses = async (tasks: Task.Module<typeof import("./tasks.ts")>, options: NodeWorkerPool.Options<Step>) => {
  for (const layer of [NodeWorkerPool.layer(options), NodeWorkerPool.layerProcess(options)]) await use(tasks, layer)
}
