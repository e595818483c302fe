/**
 * What can happen to a task besides its own failures: its worker died, could not be started, was ended, its queue is full, or a
 * value could not cross.
 */
import * as Schema from "effect/Schema"
import { knowErrors } from "../knownErrors.ts"

/**
 * The worker that ran the task ended by itself: `process.exit`, an uncaught exception or unhandled rejection (then `cause` is that
 * error), or, for a process, a signal (then `exitCode` is 128 plus its number).
 *
 * @since 0.3.0
 * @category errors
 */
export class Exited extends Schema.TaggedError<Exited>("effect-threading/Exited")("Exited", {
  exitCode: Schema.Number,
  signal: Schema.optional(Schema.String),
  cause: Schema.optional(Schema.Defect())
}) {
  override get message(): string {
    return "its worker exited "
      + (this.signal === undefined ? `with code ${this.exitCode}` : `on ${this.signal}`)
      + because(this.cause)
  }
}

/**
 * The worker that ran the task exhausted its heap; see the pool's `resourceLimits`.
 *
 * @since 0.3.0
 * @category errors
 */
export class OutOfMemory extends Schema.TaggedError<OutOfMemory>("effect-threading/OutOfMemory")("OutOfMemory", {}) {
  override get message(): string {
    return "its worker ran out of memory"
  }
}

/**
 * No worker could be made ready for the task: the OS refused one, the pool's services failed to build, or the task's module could
 * not be imported.
 *
 * @since 0.3.0
 * @category errors
 */
export class SpawnFailed extends Schema.TaggedError<SpawnFailed>("effect-threading/SpawnFailed")("SpawnFailed", {
  cause: Schema.Defect()
}) {
  override get message(): string {
    return `no worker could be made ready for it${because(this.cause)}`
  }
}

/**
 * The worker that ran the task was ended by the pool: since the pool closed, or since another task on it did not heed its
 * cancellation within the grace period.
 *
 * @since 0.3.0
 * @category errors
 */
export class Terminated extends Schema.TaggedError<Terminated>("effect-threading/Terminated")("Terminated", {}) {
  override get message(): string {
    return "its worker was ended by the pool"
  }
}

/**
 * The queue of a pool with `capacity` and `onFull: "fail"` is full.
 *
 * @since 0.3.0
 * @category errors
 */
export class QueueFull extends Schema.TaggedError<QueueFull>("effect-threading/QueueFull")("QueueFull", {
  capacity: Schema.Number
}) {
  override get message(): string {
    return `the pool has ${this.capacity} tasks queued already, its capacity`
  }
}

/**
 * An argument, a result or an error of the task cannot cross to another OS thread: `path` tells which part of it, `found` what is
 * there.
 *
 * @since 0.3.0
 * @category errors
 */
export class Unserializable
  extends Schema.TaggedError<Unserializable>("effect-threading/Unserializable")("Unserializable", {
    path: Schema.String,
    found: Schema.String
  })
{
  override get message(): string {
    return `${this.path} cannot cross to another OS thread: it is ${this.found}`
  }
}

/** What the platform has found that no one else did. */
export const uncloneable = (path: string, error: unknown): Unserializable =>
  new Unserializable({ path, found: `refused: ${messageOf(error)}` })

const Reason = Schema.Union([Exited, OutOfMemory, SpawnFailed, Terminated, QueueFull, Unserializable])

/** What can happen to a worker. */
export type Fault = Exited | OutOfMemory | SpawnFailed | Terminated

/** Why there is no result. */
export type Reason = typeof Reason.Type

/**
 * A task has no result, for a reason that is not its own: `reason` tells which. `Effect.catchReason("TaskError", "QueueFull", …)`
 * handles one of them.
 *
 * @since 0.3.0
 * @category errors
 */
export class TaskError extends Schema.TaggedError<TaskError>("effect-threading/TaskError")("TaskError", {
  task: Schema.String,
  reason: Reason
}) {
  override get message(): string {
    return `Task ${this.task} has no result: ${this.reason.message}.`
  }
}

knowErrors(Exited, OutOfMemory, SpawnFailed, Terminated, QueueFull, Unserializable, TaskError)

/** What an error says, or whatever was thrown: anything can be, also what has no text. */
export const messageOf = (thrown: unknown): string => {
  try {
    return thrown instanceof Error ? thrown.message : String(thrown)
  } catch {
    return Object.prototype.toString.call(thrown)
  }
}

const because = (cause: unknown): string => cause === undefined ? "" : `: ${messageOf(cause)}`
