import { parentPort } from "node:worker_threads"
import type { Reply, Request } from "./raw.ts"
import * as tasks from "./tasks.ts"

const answer = ([id, task, pair]: Request): Reply => [id, tasks[task](pair)]

parentPort!.on("message", (message: Request | ReadonlyArray<Request>) => {
  parentPort!.postMessage(
    Array.isArray(message[0]) ? (message as ReadonlyArray<Request>).map(answer) : answer(message as Request)
  )
})
