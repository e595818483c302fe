import { Task, WorkerPool } from "effect-threading"
import { BrowserWorkerPool } from "effect-threading/browser"
import { classes, use } from "./use.ts"

const tasks = Task.module<typeof import("./tasks.ts")>(new URL(/* @vite-ignore */ "./tasks.ts", import.meta.url), {
  classes
})
const services = WorkerPool.services<typeof import("./services.ts")>(
  new URL(/* @vite-ignore */ "./services.ts", import.meta.url)
)

const worker = (name: string) =>
  new Worker(new URL(/* @vite-ignore */ "./effect-threading-worker.js", import.meta.url), { type: "module", name })

await use(tasks, BrowserWorkerPool.layer({ size: 1, services, worker }))
