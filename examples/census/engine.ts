/**
 * Where the tasks run: this Layer is all that a census on one OS thread and one on many differ in.
 */
import { Effect } from "effect"
import type { Layer } from "effect"
import { ThreadGroup, WorkerPool } from "effect-threading"
import { NodeWorkerPool } from "effect-threading/node"
import { census } from "./census.ts"
import type { Options } from "./census.ts"
import type { Files } from "./files.ts"

const services = WorkerPool.services<typeof import("./files.ts")>(new URL("./files.ts", import.meta.url))

/** So many OS threads; if it is to be one, this very one. */
const engine = (threads: number): Layer.Layer<WorkerPool.WorkerPool<Files>> =>
  threads === 1 ? WorkerPool.layerInline({ size: 1, services }) : NodeWorkerPool.layer({ size: threads, services })

/** Counts with so many OS threads, and takes the time of it, from their start to their end. */
export const timedCensus = (options: Options) =>
  census(options).pipe(ThreadGroup.supervise, Effect.provide(engine(options.threads)), Effect.timed)
