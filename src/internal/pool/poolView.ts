/** A pool as those see it who look into the program. */
import * as Effect from "effect/Effect"
import { start } from "../coarseClock.ts"
import type { DumpedPool, DumpedTask, DumpedWorker } from "../dumpModel.ts"
import type { Job } from "./job.ts"
import type { Pool } from "./pool.ts"
import type { PoolWorker } from "./poolWorker.ts"
import { openPools } from "./registry.ts"
import type { PoolView } from "./registry.ts"

/** Lets the pool be seen, until the answer is called. */
export const show = (pool: Pool): () => void => {
  const view = viewOf(pool)
  openPools.add(view)
  return () => void openPools.delete(view)
}

const viewOf = (pool: Pool): PoolView => ({
  name: pool.name,
  snapshot: () => snapshotOf(pool),
  stackOf(name) {
    const worker = Array.from(pool.workers).find((worker) => worker.name === name)
    return worker?.handle.stack ?? Effect.undefined
  }
})

export const snapshotOf = ({ engine, name, nested, options, queue, workers }: Pool): DumpedPool => {
  let queued = queue.size + nested.size
  const dumped: Array<DumpedWorker> = []
  for (const worker of workers) {
    const tasks = tasksOf(worker)
    // What was sent ahead waits as well.
    queued += worker.jobs.size - tasks.length
    dumped.push(workerOf(worker, tasks))
  }
  const capacity = options.capacity === Infinity ? undefined : options.capacity
  return { name, engine: engine.kind, size: options.size, queued, capacity, workers: dumped }
}

const tasksOf = ({ claims, jobs }: PoolWorker): ReadonlyArray<DumpedTask> =>
  Array.from(jobs.values()).filter(({ id, slot }) => claims?.isStarted(slot, id) ?? true).map(taskOf)

const taskOf = ({ callerName, isCancelled, sentAt, task }: Job): DumpedTask => ({
  name: task.label,
  state: isCancelled ? "cancelling" : "running",
  since: start + sentAt,
  caller: callerName
})

const workerOf = (
  { done, handle: { id }, jobs, name, since, state }: PoolWorker,
  tasks: ReadonlyArray<DumpedTask>
): DumpedWorker => ({
  name,
  id,
  // Those that are gone are not listed.
  state: state === "ready" ? jobs.size > 0 ? "busy" : "idle" : state as "starting",
  since: start + since,
  tasks,
  tasksDone: done
})
