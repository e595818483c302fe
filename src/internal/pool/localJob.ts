/**
 * A call whose caller is a fiber of this OS thread. While it waits the fiber's thread is shown as blocked on the task. How the
 * call ends is decoded here, and what the worker has logged, traced and counted is done so as the caller.
 */
import * as Cause from "effect/Cause"
import type * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as Fiber from "effect/Fiber"
import { start } from "../coarseClock.ts"
import { examine } from "../deadlockError.ts"
import type { DeadlockError } from "../deadlockError.ts"
import type { Seat } from "../jobQueue.ts"
import { parks, unparks } from "../parked.ts"
import { sharedMutex } from "../shared/sharedMutex.ts"
import { placeOf } from "../site.ts"
import { CurrentParker } from "../waiting.ts"
import type { AnyWaiter, Obstacles, Parker, Waitable } from "../waiting.ts"
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
  operations = 0
  isReported = false
  private context: Context.Context<never>
  private replay: Replay | undefined
  /** The lock that its task was last known to wait for, and who of this OS thread has kept it from it since. */
  private waitsFor: { readonly name: string; readonly obstacles: () => Obstacles | undefined } | undefined
  private deadlock: DeadlockError | undefined

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
    this.operations = this.fiber.currentOpCount
    this.pool.submit(this)
    if (seat !== undefined) this.pool.queue?.leave(seat)
  }

  protected abstract ended(exit: Exit.Exit<unknown, unknown>): void

  protected answer(how: Ending, what: unknown): void {
    this.thread?.unblocked(this)
    if (this.waitsFor !== undefined) unparks(this)
    const defect = this.replay?.end() ?? (this.deadlock && Cause.die(this.deadlock))
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

  /** If somebody here holds the lock and waits for this call, that is a deadlock. */
  override waits(lock: object, time: number): void {
    const its = sharedMutex(lock)
    this.waitsFor = { name: its.name, obstacles: () => its.obstaclesSince(time) }
    parks(this)
    if (this.isReported || this.isCancelled) return
    this.deadlock = examine(this)
    if (this.deadlock !== undefined) this.pool.cancel(this)
  }

  get callerName(): string | undefined {
    return this.thread?.name
  }

  get queue(): { readonly on: Waitable } | undefined {
    if (this.phase === "done") return undefined
    const on = { kind: "Task", name: this.task.label, holder: () => this.worker?.name }
    const { waitsFor } = this
    // Its task may have gone on since.
    return waitsFor?.obstacles() === undefined || this.isCancelled
      ? { on }
      : { on: { ...on, name: `${on.name}, which waits for ${waitsFor.name}`, obstacles: waitsFor.obstacles } }
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
