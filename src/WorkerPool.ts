/**
 * The pool that runs a program's tasks (`Task.module`), whatever it is made of: this OS thread (`layerInline`), OS threads or
 * processes (`NodeWorkerPool` of `effect-threading/node`). It starts workers when there is need and closes them when there is
 * none, replaces those that die, and never keeps a finished program alive.
 *
 * - A worker runs one task at a time. It is free again when the task has really ended, not when its caller has left.
 * - A worker that dies fails the task that it ran with a `TaskError`, whose `reason` tells how it died, and no other: what had not
 *   begun moves on. A task that may have begun is not repeated; `Effect.retry` is for those that may be.
 * - A pool that is closed takes no more calls, fails what is queued with reason `Terminated`, cancels what runs, and closes its
 *   workers' services, all within the grace period.
 *
 * @since 0.3.0
 */
import * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import { inlineEngine } from "./internal/pool/inline.ts"
import { poolLayer } from "./internal/pool/layer.ts"
import { servicesOf } from "./internal/pool/options.ts"
import type { Options, Services } from "./internal/pool/options.ts"
import { statsOf } from "./internal/pool/stats.ts"
import type { Stats } from "./internal/pool/tally.ts"
import type { ModuleUrl } from "./internal/pool/taskModule.ts"
import { WorkerPool } from "./internal/pool/workerPool.ts"

export type {
  /** @since 0.3.0 */
  Options,
  /** @since 0.3.0 */
  Services
} from "./internal/pool/options.ts"

export {
  /** @since 0.3.0 */
  InvalidPoolOptionError
} from "./internal/pool/options.ts"

export {
  /** @since 0.3.0 */
  Exited,
  /** @since 0.3.0 */
  OutOfMemory,
  /** @since 0.3.0 */
  QueueFull,
  /** @since 0.3.0 */
  SpawnFailed,
  /** @since 0.3.0 */
  TaskError,
  /** @since 0.3.0 */
  Terminated,
  /** @since 0.3.0 */
  Unserializable
} from "./internal/pool/taskError.ts"

export type {
  /** @since 0.3.0 */
  Stats,
  /** @since 0.3.0 */
  Times
} from "./internal/pool/tally.ts"

export {
  /** @since 0.3.0 */
  WorkerPool
} from "./internal/pool/workerPool.ts"

/**
 * Names the module whose default export, a Layer without requirements, each worker of a pool builds once and closes when it ends:
 * a connection, a cache, a parsed model. The type of the module stands for its URL, as in `Task.module`. A Layer that fails to build
 * makes tasks fail with reason `SpawnFailed`.
 *
 * A task that needs `Dictionary` needs a `WorkerPool<Dictionary>`, and does not compile with a pool that has none.
 *
 * ```ts
 * // services.ts
 * import { Context, Layer } from "effect"
 *
 * export class Dictionary extends Context.Service<Dictionary, ReadonlyMap<string, string>>()("app/Dictionary") {}
 *
 * export default Layer.sync(Dictionary, () => new Map([["lock", "verrou"], ["thread", "fil"]]))
 * ```
 *
 * ```ts
 * // words.ts
 * import { Effect } from "effect"
 * import { Dictionary } from "./services.ts"
 *
 * export const translate = (word: string) => Effect.map(Dictionary, (words) => words.get(word))
 * ```
 *
 * ```ts
 * import { Effect } from "effect"
 * import { Task, WorkerPool } from "effect-threading"
 * import { NodeWorkerPool } from "effect-threading/node"
 *
 * const words = Task.module<typeof import("./words.ts")>(new URL("./words.ts", import.meta.url))
 * const services = WorkerPool.services<typeof import("./services.ts")>(new URL("./services.ts", import.meta.url))
 *
 * const program = Effect.gen(function*() {
 *   return yield* words.translate("thread") // "fil"
 * }).pipe(Effect.provide(NodeWorkerPool.layer({ services })))
 * ```
 *
 * @since 0.3.0
 * @category constructors
 */
export const services: <M extends { readonly default: Layer.Layer<never, unknown> }>(
  url: ModuleUrl
) => Services<Layer.Success<M["default"]>> = servicesOf

/**
 * What the program's pool does and has done, in numbers. The same are Effect metrics: `worker_pool_queued`, `_workers`, `_busy`,
 * `_completed`, `_crashes`, `_terminated`, `_recycled`, `_wait` and `_run`, with the pool's name as attribute `pool`.
 *
 * ```ts
 * import { Effect } from "effect"
 * import { WorkerPool } from "effect-threading"
 *
 * const program = Effect.gen(function*() {
 *   const { name, queued } = yield* WorkerPool.stats
 *   return [name, queued] // ["tasks", 0]
 * }).pipe(Effect.provide(WorkerPool.layerInline({ name: "tasks" })))
 * ```
 *
 * @since 0.3.0
 * @category reading
 */
export const stats: Effect.Effect<Stats, never, WorkerPool> = Effect.map(WorkerPool, statsOf)

/**
 * A pool whose workers are this very OS thread, for tests and for places without others. Arguments and results are copied, and
 * refused, as they are on the way to another one, and services are built for each worker. A task that computes holds up the program,
 * and cannot be stopped; one that exits takes the program along; and a module's state is one for all.
 *
 * @since 0.3.0
 * @category layers
 */
export const layerInline = <S = never>(options?: Options<S>): Layer.Layer<WorkerPool<S>> =>
  poolLayer(inlineEngine, options)
