/** The service under which a program finds its pool. */
import * as Context from "effect/Context"
import type * as Types from "effect/Types"
import type { JobPool } from "./job.ts"

declare const ServicesId: unique symbol

/**
 * The pool that runs a program's tasks, whose workers offer `Services` to them. A task that needs the service `Database` needs a
 * `WorkerPool<Database>`; one that needs several needs one such pool for each, which a single pool that has them all is.
 *
 * @since 0.3.0
 * @category services
 */
export interface WorkerPool<out Services = never> {
  readonly [ServicesId]: { readonly _S: Types.Covariant<Services> }
}

// One key at run time, whatever services the type speaks of.
export const WorkerPool: Context.Service<WorkerPool, JobPool> = Context.Service("effect-threading/WorkerPool")
