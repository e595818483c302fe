/**
 * A call whose caller is a fiber of this OS thread. While it waits the fiber's thread is shown as blocked on the task. How the
 * call ends is decoded here, and what the worker has logged, traced and counted is done so as the caller.
 */
import type * as Cause from "effect/Cause"
import type * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as Fiber from "effect/Fiber"
import { start } from "../coarseClock.ts"
import type { Seat } from "../jobQueue.ts"
import { placeOf } from "../site.ts"
import { CurrentParker } from "../waiting.ts"
import type { AnyWaiter, Parker, Waitable } from "../waiting.ts"
import { Job } from "./job.ts"
import type { JobPool } from "./job.ts"
import { Ending } from "./protocol.ts"
import { TaskError } from "./taskError.ts"
import type { Reason } from "./taskError.ts"
import type { RemoteTask } from "./taskModule.ts"
import type { Telemetry } from "./telemetry.ts"
import { Replay } from "./telemetryReplay.ts"
import { transferOf } from "./transfer.ts"

type AnyFiber = Fiber.Fiber<unknown, unknown>

export abstract class LocalJob extends Job implements AnyWaiter {
  readonly fiber: AnyFiber
  readonly thread: Parker | undefined
  protected readonly pool: JobPool
  readonly operations: number = 0
  isReported = false
  private context: Context.Context<never>
  private replay: Replay | undefined

  /** Throws an `Unserializable` if an argument cannot cross. */
  constructor(task: RemoteTask, args: ReadonlyArray<unknown>, pool: JobPool, fiber: AnyFiber) {
    const { codec, headers } = task.module
    super(task, codec.encode(args, "args", !pool.sharesMemory), headers.of(fiber.context), transferOf(args))
    this.pool = pool
    this.fiber = fiber
    this.context = fiber.context
    this.thread = fiber.getRef(CurrentParker)
  }

  /** Begins once there is room in the pool. */
  get admitted(): Effect.Effect<unknown, unknown> {
    const { queue, refusal } = this.pool
    if (refusal !== undefined) return Effect.fail(this.refused(refusal))
    return queue?.isFull === true
      ? queue.waitForRoom(this.fiber, (seat) => this.begin(seat))
      : this.begin(undefined)
  }

  /** Submits the call, in the room that it may have waited for, in its first step. */
  protected abstract begin(seat: Seat | undefined): Effect.Effect<unknown, unknown>

  protected submit(seat: Seat | undefined): void {
    this.thread?.blocked(this)
    this.pool.submit(this)
    if (seat !== undefined) this.pool.queue?.leave(seat)
  }

  protected abstract ended(exit: Exit.Exit<unknown, unknown>): void

  protected answer(how: Ending, what: unknown): void {
    this.thread?.unblocked(this)
    const defect = this.replay?.end()
    this.ended(defect === undefined ? this.exitOf(how, what) : Exit.failCause(defect))
  }

  private exitOf(how: Ending, what: unknown): Exit.Exit<unknown, unknown> {
    try {
      switch (how) {
        case Ending.succeed:
          return Exit.succeed(this.task.module.codec.decode(what))
        case Ending.fail:
          return Exit.failCause(this.task.module.codec.decode(what, this.origin) as Cause.Cause<unknown>)
        case Ending.refuse:
          return Exit.fail(this.refused(what as Reason))
        case Ending.interrupted:
          return Exit.interrupt()
      }
    } catch (defect) {
      return Exit.die(defect)
    }
  }

  private refused(reason: Reason): TaskError {
    return new TaskError({ task: this.task.label, reason })
  }

  /** What is added to the stacks of errors, to tell which call they come from. */
  private get origin(): string {
    const place = placeOf(this.context)
    return `\n    at task ${this.task.label}` + (place === undefined ? "" : `\n    at ${place}`)
  }

  note(telemetry: Telemetry): void {
    this.replay ??= new Replay(this.fiber, this.context, this.task.module.codec)
    this.replay.play(telemetry)
  }

  get callerName(): string | undefined {
    return this.thread?.name
  }

  get queue(): { readonly on: Waitable } | undefined {
    return this.phase === "done"
      ? undefined
      : { on: { kind: "Task", name: this.task.label, holder: () => this.worker?.name } }
  }

  get isGranted(): boolean {
    return this.phase === "done"
  }

  get since(): number {
    return start + this.queuedAt
  }

  get isBound(): boolean {
    return false
  }
}
