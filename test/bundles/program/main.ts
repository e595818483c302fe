import { Task, WorkerPool } from "effect-threading"
import { classes, uses } from "./uses.ts"

const tasks = Task.module<typeof import("./tasks.ts")>(new URL(/* @vite-ignore */ "./tasks.ts", import.meta.url), {
  classes
})
const services = WorkerPool.services<typeof import("./services.ts")>(
  new URL(/* @vite-ignore */ "./services.ts", import.meta.url)
)

await uses(tasks, { size: 1, services, gracePeriod: "1 minute" })
