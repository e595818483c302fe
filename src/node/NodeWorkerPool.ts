/**
 * The worker pool on Node: OS threads (`layer`), or processes (`layerProcess`).
 *
 * @since 0.3.0
 */
import type * as Layer from "effect/Layer"
import { poolLayer } from "../internal/pool/layer.ts"
import type * as WorkerPool from "../WorkerPool.ts"
import { processes } from "./internal/pool/processes.ts"
import { threads } from "./internal/pool/threads.ts"

/**
 * How a pool on Node is made: as any (`WorkerPool.Options`), and besides
 *
 * - `resourceLimits`: Node's, for each worker. A task whose worker exhausts its heap fails with reason `OutOfMemory`.
 * - `worker`: where the file is that workers run, for programs that are bundled: that of `effect-threading/node/worker`. It is found
 *   without if it is called `effect-threading-worker.js` and lies beside the bundle. See `docs/bundlers.md`.
 *
 * @since 0.3.0
 * @category models
 */
export interface Options<S> extends WorkerPool.Options<S> {
  // Written out, since whoever type-checks this need not have Node's types.
  readonly resourceLimits?: {
    readonly maxOldGenerationSizeMb?: number | undefined
    readonly maxYoungGenerationSizeMb?: number | undefined
    readonly codeRangeSizeMb?: number | undefined
    readonly stackSizeMb?: number | undefined
  } | undefined
  readonly worker?: URL | undefined
}

const nodeOptions = (options: Options<never> | undefined) => ({
  worker: options?.worker,
  resourceLimits: options?.resourceLimits
})

/**
 * A pool of OS threads (`node:worker_threads`), by default as many as there are cores to use. They share memory with the program
 * where it asks for that (`SharedArrayBuffer`), and die alone: one that exits, throws or runs out of memory fails the task that it
 * ran, and no other. Only what takes the whole process down, as a crash of native code, needs `layerProcess`.
 *
 * ```ts
 * // native.ts
 * export const parse = (text: string): number => text === "?" ? process.exit(3) : Number(text)
 * ```
 *
 * ```ts
 * import { Effect } from "effect"
 * import { Task } from "effect-threading"
 * import { NodeWorkerPool } from "effect-threading/node"
 *
 * const native = Task.module<typeof import("./native.ts")>(new URL("./native.ts", import.meta.url))
 *
 * const program = Effect.gen(function*() {
 *   const parsed = yield* Effect.forEach(["1", "?", "2"], (text) =>
 *     native.parse(text).pipe(
 *       Effect.catchReason("TaskError", "Exited", ({ exitCode }) => Effect.succeed(`exit code ${exitCode}`))
 *     ), { concurrency: "unbounded" })
 *   return parsed // [1, "exit code 3", 2]
 * }).pipe(Effect.provide(NodeWorkerPool.layer({ size: 2 })))
 * ```
 *
 * @since 0.3.0
 * @category layers
 */
export const layer = <S = never>(options?: Options<S>): Layer.Layer<WorkerPool.WorkerPool<S>> =>
  poolLayer(threads(nodeOptions(options as Options<never>)), options)

/**
 * A pool of processes, for work that may take its process down: native code, leaks, signals. They cost more to start and to talk
 * to, and share no memory: `SharedArrayBuffer`s, ports and the like fail with reason `Unserializable`. `resourceLimits` become V8's
 * flags.
 *
 * @since 0.3.0
 * @category layers
 */
export const layerProcess = <S = never>(options?: Options<S>): Layer.Layer<WorkerPool.WorkerPool<S>> =>
  poolLayer(processes(nodeOptions(options as Options<never>)), options)
