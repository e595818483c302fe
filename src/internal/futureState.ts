/**
 * The state of a future, from pending over running to finished, or cancelled while pending; its waiters and callbacks; and
 * what it asks of the executor that it belongs to: to start a future that one of the executor's own tasks waits for.
 */
import * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as Fiber from "effect/Fiber"
import * as Pipeable from "effect/Pipeable"
import * as Schema from "effect/Schema"
import { knowErrors } from "./knownErrors.ts"
import { nextName } from "./names.ts"
import { observer } from "./observer.ts"
import type { Obstacles, Waitable } from "./waiting.ts"
import { open, WaitQueue } from "./waitQueue.ts"

/**
 * The future was cancelled, or its task interrupted, so there is no result.
 *
 * @since 0.1.0
 * @category errors
 */
export class CancelledError extends Schema.TaggedError<CancelledError>("effect-threading/CancelledError")(
  "CancelledError",
  { future: Schema.String }
) {
  override get message(): string {
    return `${this.future} was cancelled, so it has no result.`
  }
}

/**
 * The defect of completing a future that is done already, or of starting one that is not pending.
 *
 * @since 0.1.0
 * @category errors
 */
export class InvalidStateError extends Schema.TaggedError<InvalidStateError>("effect-threading/InvalidStateError")(
  "InvalidStateError",
  { operation: Schema.String, future: Schema.String }
) {
  override get message(): string {
    return `${this.operation}: ${this.future} is past that. A future starts once and is completed once; its first outcome is kept.`
  }
}

knowErrors(CancelledError, InvalidStateError)

/** The executor's side of a future. */
export interface Task {
  readonly pool: object
  /** Whether it has ended; fibers and threads that it started may outlive it. */
  readonly isOver: boolean
  /** What must have come to an end before this can. */
  readonly obstacles: Obstacles | undefined
  /** Gives up a task that is still queued. */
  withdraw(): void
  /** Interrupts a task that runs. */
  interrupt(by: number | undefined): void
  /** Starts a queued task out of order, on the place of the task that waits for it. */
  startFor(waiting: Task): void
  /** Lends its place once more to a task that it started and gave up waiting for, if that still runs. */
  lendAgain(started: Task): void
  /** The task waits no longer for one that runs on its place. */
  reclaim(started: Task): void
}

/** The executor's task that the current fiber works for. */
export const CurrentTask: Context.Reference<Task | undefined> = Context.Reference("effect-threading/CurrentTask", {
  defaultValue: (): Task | undefined => undefined
})

type Done = Exit.Exit<unknown, unknown>

export class FutureState extends Pipeable.Class implements Waitable {
  readonly kind = "Future"
  private given: string | undefined = undefined
  phase: "pending" | "running" | "cancelled" | "finished" = "pending"
  /** How it ended, once it has: interruption reads `CancelledError`. */
  exit: Done | undefined = undefined
  task: Task | undefined = undefined
  /** Whether anybody has asked how it ends. */
  isObserved = false
  private waiting: WaitQueue<void> | undefined = undefined
  private observers: Set<(future: FutureState) => void> | undefined = undefined
  private callbacks: Array<Effect.Effect<unknown, unknown>> | undefined = undefined

  get name(): string {
    return this.given ??= nextName(this.kind)
  }

  get waiters(): WaitQueue<void> {
    return this.waiting ??= new WaitQueue<void>(this, grantWhenDone)
  }

  obstacles(): Obstacles | undefined {
    return this.exit === undefined ? this.task?.obstacles : undefined
  }

  /** Whether it runs from now on; false if it was cancelled. */
  begin(): boolean {
    if (this.phase === "cancelled") return false
    if (this.phase !== "pending") {
      throw new InvalidStateError({ operation: "Future.setRunning", future: this.toString() })
    }
    this.phase = "running"
    return true
  }

  /** Ends it; the effect, if there is one, runs the callbacks and belongs in the fiber that ended it. */
  complete(exit: Done, isAnnounced = true): Effect.Effect<void> | undefined {
    if (this.exit !== undefined) throw new InvalidStateError({ operation: "Future.complete", future: this.toString() })
    this.exit = exit
    this.phase = "finished"
    if (Exit.isFailure(exit) && Cause.hasInterrupts(exit.cause)) {
      const reasons = exit.cause.reasons.filter((reason) => reason._tag !== "Interrupt")
      if (reasons.length > 0) this.exit = Exit.failCause(Cause.fromReasons(reasons))
      else this.markCancelled()
    }
    if (observer !== undefined && Exit.isFailure(this.exit) && this.phase === "finished") observer.failed?.(this)
    return this.settle(isAnnounced)
  }

  /** Lets the waiters of a future go on whose task's fiber has ended; behind the tasks that are about to run, if there are any. */
  announce(isLast: boolean): void {
    if (this.waiting === undefined) return
    if (isLast) open(this.waiting)
    else this.waiting.settle()
  }

  cancel(): Effect.Effect<void> | undefined {
    this.markCancelled()
    return this.settle(true)
  }

  private markCancelled(): void {
    this.phase = "cancelled"
    this.exit = Exit.fail(new CancelledError({ future: this.name }))
  }

  private settle(isAnnounced: boolean): Effect.Effect<void> | undefined {
    const { callbacks, observers } = this
    // Waiters go on before the callbacks run.
    if (isAnnounced || callbacks !== undefined) this.waiting?.settle()
    this.observers = undefined
    this.callbacks = undefined
    if (observers !== undefined) { for (const observer of observers) observer(this) }
    return callbacks === undefined
      ? undefined
      : Effect.forEach(callbacks, (callback) => this.guard(callback), { discard: true })
  }

  /** Tells of the end, once, without a fiber. */
  observe(observer: (future: FutureState) => void): () => void {
    this.isObserved = true
    const observers = this.observers ??= new Set()
    observers.add(observer)
    return () => observers.delete(observer)
  }

  /** Runs the callback when the future is done; now, if it is. */
  onDone(callback: Effect.Effect<unknown, unknown>): Effect.Effect<void> {
    this.isObserved = true
    if (this.exit !== undefined) return this.guard(callback)
    ;(this.callbacks ??= []).push(callback)
    return Effect.void
  }

  private guard(callback: Effect.Effect<unknown, unknown>): Effect.Effect<void> {
    return Effect.catchCause(
      Effect.asVoid(callback),
      (cause) => Effect.logError(`exception calling callback for ${this}`, cause)
    )
  }

  override toString(): string {
    const { exit } = this
    const outcome = exit === undefined || this.phase === "cancelled"
      ? this.phase
      : Exit.isSuccess(exit)
      ? `finished returned ${typeOf(exit.value)}`
      : `finished raised ${typeOf(Cause.squash(exit.cause))}`
    return `${this.name}(${outcome})`
  }

  toJSON(): unknown {
    return { _id: "Future", name: this.name, state: this.phase }
  }

  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return this.toString()
  }
}

const grantWhenDone = (queue: WaitQueue<void>): void => {
  if ((queue.on as FutureState).exit === undefined) return
  for (let waiter = queue.first; waiter !== undefined; waiter = queue.first) queue.grant(waiter, undefined)
}

const typeOf = (value: unknown): string =>
  value instanceof Error
    ? value.name
    : value === null
    ? "null"
    : typeof value === "object"
    ? value.constructor?.name ?? "object"
    : typeof value

/** Cancels those that are pending, now, so that none of them begins meanwhile; the effect runs their callbacks. */
export const cancelAll = (futures: Iterable<FutureState>): Effect.Effect<void> => {
  const callbacks: Array<Effect.Effect<void>> = []
  for (const future of futures) {
    if (future.phase !== "pending") continue
    future.task?.withdraw()
    const effect = future.cancel()
    if (effect !== undefined) callbacks.push(effect)
  }
  return callbacks.length === 0 ? Effect.void : Effect.uninterruptible(Effect.all(callbacks, { discard: true }))
}

/** The queued task behind this future, if the current task of the same executor should start it rather than wait. */
export const startable = (future: FutureState, waiting: Task | undefined): Task | undefined =>
  waiting !== undefined && !waiting.isOver && future.phase === "pending" && future.task?.pool === waiting.pool
    ? future.task
    : undefined

/** Borrows the fiber's place for a pending future of its own executor; the answer gives it back. */
export const lendPlace = (future: FutureState, fiber: Fiber.Fiber<unknown, unknown>): (() => void) | undefined => {
  const waiting = fiber.getRef(CurrentTask)
  const task = startable(future, waiting)
  if (task === undefined) return undefined
  task.startFor(waiting!)
  return () => waiting!.reclaim(task)
}

/** Lends the fiber's place to a future that it started before and that still runs; the answer gives it back. */
export const lendAgain = (future: FutureState, fiber: Fiber.Fiber<unknown, unknown>): (() => void) | undefined => {
  const waiting = fiber.getRef(CurrentTask)
  const { task } = future
  if (waiting === undefined || task === undefined || task.pool !== waiting.pool) return undefined
  waiting.lendAgain(task)
  return () => waiting.reclaim(task)
}
