/** How a pool is made: what of it can be chosen, and what is chosen if nobody does. */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import * as Schedule from "effect/Schedule"
import * as Schema from "effect/Schema"
import type * as Types from "effect/Types"
import { knowErrors } from "../knownErrors.ts"
import { Backoff } from "./backoff.ts"
import type { Engine } from "./engine.ts"
import type { PoolOptions } from "./pool.ts"
import type { Fault } from "./taskError.ts"
import type { ModuleUrl } from "./taskModule.ts"

declare const ServicesId: unique symbol

/**
 * A module whose default export is the Layer of services that each worker of a pool builds for its tasks.
 *
 * @since 0.3.0
 * @category models
 */
export interface Services<out S> {
  readonly [ServicesId]: { readonly _S: Types.Covariant<S> }
}

/** The module's URL is all that there is of it at run time. */
export const servicesOf = <M extends { readonly default: Layer.Layer<never, unknown> }>(
  url: ModuleUrl
): Services<Layer.Success<M["default"]>> => url.href as unknown as Services<Layer.Success<M["default"]>>

/**
 * How a pool is made. Durations are Effect's (`"1 second"`, `Duration.seconds(1)`, milliseconds).
 *
 * - `name`: what it is called in logs, metrics and dumps; default `WorkerPool-N`.
 * - `size`: how many workers there are at most; default: as many as the machine runs at once. They are started when there is need.
 * - `services`: what each worker builds once, and closes when it ends; see `WorkerPool.services`.
 * - `capacity`: how many tasks may be queued; default without bound. When it is reached a call waits for room, or fails with reason
 *   `QueueFull` if `onFull` is `"fail"`. Tasks that tasks call are not counted.
 * - `maxTasksPerWorker`: after how many tasks a worker is replaced by a new one; default never.
 * - `gracePeriod`: how long a cancelled task may take to end, and a worker to close, before its worker is terminated; default
 *   1 second.
 * - `idleTimeToLive`: after how long a worker that has nothing to do is closed; default 1 minute.
 * - `respawn`: when another worker is started after one failed: the delays of this schedule, which begins anew with each task that
 *   ends. When it is done, and no worker is left, what is queued fails with reason `SpawnFailed`. Default: 3 times, after 50, 100
 *   and 200 ms.
 *
 * @since 0.3.0
 * @category models
 */
export interface Options<S> {
  readonly name?: string | undefined
  readonly size?: number | undefined
  readonly services?: Services<S> | undefined
  readonly capacity?: number | undefined
  readonly onFull?: "wait" | "fail" | undefined
  readonly maxTasksPerWorker?: number | undefined
  readonly gracePeriod?: Duration.Input | undefined
  readonly idleTimeToLive?: Duration.Input | undefined
  readonly respawn?: Schedule.Schedule<unknown, Fault> | undefined
}

/**
 * The defect of making a pool with an option that makes no sense.
 *
 * @since 0.3.0
 * @category errors
 */
export class InvalidPoolOptionError
  extends Schema.TaggedError<InvalidPoolOptionError>("effect-threading/InvalidPoolOptionError")(
    "InvalidPoolOptionError",
    { option: Schema.String, value: Schema.Unknown, advice: Schema.String }
  )
{
  override get message(): string {
    return `WorkerPool: ${this.option} must be ${this.advice}, not ${String(this.value)}.`
  }
}

knowErrors(InvalidPoolOptionError)

const atLeastOne = (option: string, value: number): number => {
  if (value >= 1 && (Number.isInteger(value) || value === Infinity)) return value
  throw new InvalidPoolOptionError({ option, value, advice: "a whole number from 1" })
}

const millis = (option: string, value: Duration.Input): number => {
  const ms = Duration.toMillis(value)
  // The longest that a timer of JavaScript can wait, some 25 days.
  return ms > 2 ** 31 - 1 ? Infinity : ms
}

const defaultRespawn = Schedule.upTo(Schedule.exponential(50), { times: 3 })

export const poolOptions = (
  options: Options<never>,
  engine: Engine
): Effect.Effect<PoolOptions> =>
  Effect.sync(() => ({
    name: options.name,
    size: atLeastOne("size", options.size ?? engine.parallelism),
    services: options.services as string | undefined,
    capacity: atLeastOne("capacity", options.capacity ?? Infinity),
    onFull: options.onFull ?? "wait",
    maxTasksPerWorker: atLeastOne("maxTasksPerWorker", options.maxTasksPerWorker ?? Infinity),
    gracePeriod: millis("gracePeriod", options.gracePeriod ?? "1 second"),
    idleTimeToLive: millis("idleTimeToLive", options.idleTimeToLive ?? "1 minute"),
    backoff: new Backoff(options.respawn ?? defaultRespawn)
  }))
