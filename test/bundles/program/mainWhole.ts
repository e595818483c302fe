import { Task, WorkerPool } from "effect-threading"
import { classes, uses } from "./uses.ts"

const worker = new URL("./whole.ts", import.meta.url)
const tasks = Task.module<typeof import("./whole.ts")>(worker, { classes })
const services = WorkerPool.services<typeof import("./whole.ts")>(worker)

await uses(tasks, { size: 1, worker, services, gracePeriod: "1 minute" })
