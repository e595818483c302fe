/**
 * What an executor refuses, and why: shut down, broken, full; and what it takes for a bug of the caller's.
 */
import * as Schema from "effect/Schema"
import { knowErrors } from "./knownErrors.ts"

/**
 * The executor was shut down, so it takes no more work.
 *
 * @since 0.1.0
 * @category errors
 */
export class ExecutorShutdownError extends Schema.TaggedError<ExecutorShutdownError>(
  "effect-threading/ExecutorShutdownError"
)("ExecutorShutdownError", { executor: Schema.String }) {
  override get message(): string {
    return `${this.executor} cannot schedule new futures after shutdown.`
  }
}

/**
 * The initializer of a worker failed, so the executor runs nothing any more: what was queued fails with this, and so does
 * `submit`.
 *
 * @since 0.1.0
 * @category errors
 */
export class BrokenExecutorError
  extends Schema.TaggedError<BrokenExecutorError>("effect-threading/BrokenExecutorError")(
    "BrokenExecutorError",
    { executor: Schema.String, cause: Schema.Defect() }
  )
{
  override get message(): string {
    return `${this.executor} is broken: the initializer of a worker failed.`
  }
}

/**
 * The queue of an executor with `capacity` and `onFull: "fail"` is full.
 *
 * @since 0.1.0
 * @category errors
 */
export class ExecutorQueueFullError extends Schema.TaggedError<ExecutorQueueFullError>(
  "effect-threading/ExecutorQueueFullError"
)("ExecutorQueueFullError", { executor: Schema.String, capacity: Schema.Number }) {
  override get message(): string {
    return `${this.executor} has ${this.capacity} tasks queued already, its capacity.`
  }
}

/**
 * The defect of a task that waits for the shutdown of the executor that runs it, and so for its own end.
 *
 * @since 0.1.0
 * @category errors
 */
export class ShutdownFromWorkerError extends Schema.TaggedError<ShutdownFromWorkerError>(
  "effect-threading/ShutdownFromWorkerError"
)("ShutdownFromWorkerError", { executor: Schema.String }) {
  override get message(): string {
    return `ThreadPoolExecutor.shutdown: a task of ${this.executor} would wait for its own end. Use { wait: false } there.`
  }
}

/**
 * The defect of an option of an executor that is not a whole number from 1.
 *
 * @since 0.1.0
 * @category errors
 */
export class InvalidWorkersError
  extends Schema.TaggedError<InvalidWorkersError>("effect-threading/InvalidWorkersError")(
    "InvalidWorkersError",
    { option: Schema.String, value: Schema.Unknown }
  )
{
  override get message(): string {
    return `ThreadPoolExecutor: ${this.option} must be greater than 0 and whole, not ${String(this.value)}.`
  }
}

knowErrors(
  ExecutorShutdownError,
  BrokenExecutorError,
  ExecutorQueueFullError,
  ShutdownFromWorkerError,
  InvalidWorkersError
)
