/**
 * The worker pool in browsers: Web Workers.
 *
 * @since 0.4.0
 */
import type * as Layer from "effect/Layer"
import { poolLayer } from "../internal/pool/layer.ts"
import type * as WorkerPool from "../WorkerPool.ts"
import { webWorkers } from "./internal/webWorkers.ts"
import type { WebWorker } from "./internal/webWorkers.ts"

export {
  /** @since 0.4.0 */
  SharedMemoryUnavailableError
} from "../internal/shared/memory.ts"

export type {
  /** @since 0.4.0 */
  WebWorker
}

/**
 * How a pool in a browser is made: as any (`WorkerPool.Options`), and besides
 *
 * - `worker`: makes a worker, a module of this name that runs `effect-threading/browser/worker`, for bundlers that do not find it by
 *   themselves. With Vite: `import PoolWorker from "effect-threading/browser/worker?worker"`, and
 *   `(name) => new PoolWorker({ name })`. The name has the number by which other workers know this one, so pass it on.
 *
 * @since 0.4.0
 * @category models
 */
export interface Options<S> extends WorkerPool.Options<S> {
  readonly worker?: ((name: string) => WebWorker) | undefined
}

/**
 * A pool of Web Workers, by default as many as the browser runs at once. They share memory with the page if that is cross-origin
 * isolated; otherwise `SharedArrayBuffer` is not there, everything else works, and a task that computes learns of its cancellation
 * no sooner than its worker is ended, after the grace period.
 *
 * A worker that throws where nobody catches it, or ends itself, fails the task that it ran, and no other.
 *
 * @since 0.4.0
 * @category layers
 */
export const layer = <S = never>(options?: Options<S>): Layer.Layer<WorkerPool.WorkerPool<S>> =>
  poolLayer(webWorkers(options?.worker), options)
