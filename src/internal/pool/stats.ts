/** What a pool does and has done, in numbers: asked for, or read by whoever exports the program's metrics. */
import type * as Context from "effect/Context"
import { constVoid } from "effect/Function"
import * as Metric from "effect/Metric"
import type { JobPool } from "./job.ts"
import { Pool } from "./pool.ts"
import { snapshotOf } from "./poolView.ts"
import { boundaries } from "./tally.ts"
import type { Stats } from "./tally.ts"

export const statsOf = (pool: JobPool): Stats => {
  // A task's calls go to the pool of another OS thread.
  if (!(pool instanceof Pool)) throw new Error("WorkerPool.stats: ask where the pool was made, not in a task.")
  const { name, queued, size, workers } = snapshotOf(pool)
  return {
    name,
    size,
    queued,
    workers: workers.length,
    busy: workers.filter(({ state }) => state === "busy").length,
    running: workers.reduce((sum, { tasks }) => sum + tasks.length, 0),
    ...pool.counts,
    wait: pool.wait.times,
    run: pool.run.times
  }
}

/** Registers the pool's metrics, until the answer is called. They are read from it when somebody asks: keeping them costs nothing. */
export const registerMetrics = (pool: Pool, context: Context.Context<never>): () => void => {
  const attributes = { pool: pool.name }
  const read = <Input, State>(metric: Metric.Metric<Input, State>, get: () => State) =>
    Metric.registerUnsafe(metric, context, { get, update: constVoid, modify: constVoid })
  const gauge = (id: string, description: string, get: () => number) =>
    read(Metric.gauge(id, { description, attributes }), () => ({ value: get() }))
  const counter = (id: string, description: string, get: () => number) =>
    read(
      Metric.counter(id, { description, attributes, incremental: true }),
      () => ({ count: get(), incremental: true })
    )
  const histogram = (id: string, description: string, get: () => Metric.HistogramState) =>
    read(Metric.histogram(id, { description, attributes, boundaries }), get)
  const registered = [
    gauge("worker_pool_queued", "Calls that have not begun", () => statsOf(pool).queued),
    gauge("worker_pool_workers", "Workers that are alive", () => pool.workers.size),
    gauge("worker_pool_busy", "Workers that run something", () => statsOf(pool).busy),
    counter("worker_pool_completed", "Tasks that have ended by themselves", () => pool.counts.completed),
    counter("worker_pool_crashes", "Workers that died", () => pool.counts.crashes),
    counter("worker_pool_terminated", "Workers whose task did not end in time", () => pool.counts.terminated),
    counter("worker_pool_recycled", "Workers that were replaced in time", () => pool.counts.recycled),
    histogram("worker_pool_wait", "Milliseconds that tasks were queued", () => pool.wait.state),
    histogram("worker_pool_run", "Milliseconds that tasks ran", () => pool.run.state)
  ]
  return () => {
    for (const { remove } of registered) remove()
  }
}
