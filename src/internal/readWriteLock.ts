/**
 * The lock under `ReadWriteLock`: held for reading by any number of holds, or for writing by one; and two lines of those who wait.
 *
 * Who waits to write comes first. Readers that writers have overtaken some times in a row have the next turn, all together. A
 * hold for reading that was opened inside of another is one like any other, so it does not matter which of them ends first.
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type * as Exit from "effect/Exit"
import type * as Fiber from "effect/Fiber"
import * as Schema from "effect/Schema"
import { note } from "./held.ts"
import { Hold, Holds } from "./hold.ts"
import type { Form } from "./hold.ts"
import type { Source } from "./holding.ts"
import { knowErrors } from "./knownErrors.ts"
import { nextName } from "./names.ts"
import { observer } from "./observer.ts"
import { waiterOf } from "./parked.ts"
import { CurrentParker } from "./waiting.ts"
import type { Holdable, Obstacle, Obstacles, Parker } from "./waiting.ts"
import { WaitQueue } from "./waitQueue.ts"

/**
 * The defect of waiting to write where the caller itself reads or writes under the same lock, and so would wait for itself: for
 * reading it may be held once more, for writing it may not. `held` is what it is held for there.
 *
 * @since 0.3.0
 * @category errors
 */
export class ReadWriteLockUpgradeError
  extends Schema.TaggedError<ReadWriteLockUpgradeError>("effect-threading/ReadWriteLockUpgradeError")(
    "ReadWriteLockUpgradeError",
    { operation: Schema.String, lock: Schema.String, held: Schema.Literals(["read", "write"]), advice: Schema.String }
  )
{
  override get message(): string {
    const held = this.held === "read" ? "reading" : "writing"
    return `${this.operation}: the caller runs inside a hold of ${this.lock} for ${held}, for whose end this would wait. ${this.advice}`
  }
}

knowErrors(ReadWriteLockUpgradeError)

export type Mode = "read" | "write"

/** How many writers in a row may go before readers that wait. */
export const patience = 4

type AnyFiber = Fiber.Fiber<unknown, unknown>

export class ReadWriteLockState implements Holdable {
  readonly kind = "ReadWriteLock"
  private given: string | undefined
  private weak: WeakRef<ReadWriteLockState> | undefined
  notedBy: number | undefined
  protected writer: Hold | undefined
  protected readonly readers = new Set<Hold>()
  protected readonly reading: WaitQueue<Hold>
  protected readonly writing: WaitQueue<Hold>
  /** How many writers in a row have gone before readers that wait. */
  private overtaken = 0
  readonly read = new Access(this, "read", "withLock")
  readonly write = new Access(this, "write", "withLock")
  readonly readUntilClosed = new Access(this, "read", "acquireScoped")
  readonly writeUntilClosed = new Access(this, "write", "acquireScoped")

  constructor(name: string | undefined, queueOf: (lock: never) => WaitQueue<Hold> = (lock) => new Line(lock)) {
    this.given = name || undefined
    this.reading = queueOf(this as never)
    this.writing = queueOf(this as never)
  }

  get name(): string {
    return this.given ??= nextName(this.kind)
  }

  /** Who notes that it holds this lock, but must not keep it, notes this. */
  get reference(): WeakRef<ReadWriteLockState> {
    return this.weak ??= new WeakRef<ReadWriteLockState>(this)
  }

  get readerCount(): number {
    return this.readers.size
  }

  get isWriteLocked(): boolean {
    return this.writer !== undefined
  }

  private get holds(): ReadonlyArray<Hold> {
    return this.writer === undefined ? Array.from(this.readers) : [this.writer, ...this.readers]
  }

  holdsOf(thread: Parker): ReadonlyArray<Hold> {
    return this.holds.filter((hold) => hold.thread === thread)
  }

  holder(): string | undefined {
    const names = Array.from(new Set(this.holds.flatMap(({ thread }) => thread?.name ?? [])))
    const more = names.length > 3 ? ` and ${names.length - 3} more` : ""
    return names.length === 0 ? undefined : names.slice(0, 3).join(", ") + more
  }

  /** Who waits to write waits for all that are held; who waits to read for the writer, or the first that waits to be one. */
  obstacles(queue: object): Obstacles | undefined {
    if (queue === this.reading && this.writer === undefined) {
      const first = this.writing.first
      return first && { stuckIf: "any", fibers: [{ fiber: first.fiber }] }
    }
    const holds = queue === this.reading ? [this.writer!] : this.holds
    // Anybody may close a scope; and whose fiber waits for nothing here is no obstacle.
    const fibers: ReadonlyArray<Obstacle> = holds
      .filter(({ fiber, form }) => form === "withLock" && waiterOf(fiber) !== undefined)
      .map((hold) => ({ fiber: hold.fiber, hold }))
    return fibers.length === 0 ? undefined : { stuckIf: "any", fibers }
  }

  /** What the innermost hold of it is for that this fiber runs inside of. */
  protected heldFor(fiber: AnyFiber): Mode | undefined {
    if (this.writer === undefined && this.readers.size === 0) return undefined
    const thread = fiber.getRef(CurrentParker)
    for (let list = fiber.getRef(Holds); list !== undefined; list = list.outer) {
      const { hold } = list
      if (hold.mutex === this && !hold.hasEnded && hold.thread === thread) {
        return hold === this.writer ? "write" : "read"
      }
    }
    return undefined
  }

  attempt(fiber: AnyFiber, { form, mode }: Access): Hold | undefined {
    const isAgain = mode === "read" && this.heldFor(fiber) !== undefined
    return this.take(mode, isAgain) ? this.enter(fiber, mode, form) : undefined
  }

  queueFor(fiber: AnyFiber, { form, mode }: Access): WaitQueue<Hold> {
    if (mode === "read") return this.reading
    const held = this.heldFor(fiber)
    if (held === undefined) return this.writing
    throw this.upgradeError(`ReadWriteLock.${form === "withLock" ? "withWriteLock" : "acquireWriteScoped"}`, held)
  }

  protected upgradeError(operation: string, held: Mode): ReadWriteLockUpgradeError {
    return new ReadWriteLockUpgradeError({
      operation,
      lock: this.name,
      held,
      advice: "End that hold first, and look again at what was read; or write in it from the start."
    })
  }

  /** Takes what is to be had now without overtaking a writer; reading inside of another hold is to be had always. */
  protected take(mode: Mode, isAgain: boolean): boolean {
    if (mode === "write") return this.writer === undefined && this.readers.size === 0
    return isAgain || this.writer === undefined && this.writing.first === undefined
  }

  /** What was taken is given back. */
  protected giveBack(_mode: Mode): void {}

  protected enter(fiber: AnyFiber, mode: Mode, form: Form): Hold {
    const hold = new Hold(this, undefined, fiber, form)
    if (mode === "write") this.writer = hold
    else this.readers.add(hold)
    if (hold.thread !== undefined && hold.thread.ident !== this.notedBy) note(this, hold.thread)
    if (observer !== undefined) observer.holds?.(hold)
    return hold
  }

  /** To be called after every change that a waiter may have waited for. */
  settle(): void {
    const { reading, writing } = this
    if (this.writer !== undefined) return
    if (writing.first === undefined || this.overtaken >= patience) {
      this.overtaken = 0
      for (let waiter = reading.first; waiter !== undefined; waiter = reading.first) {
        reading.grant(waiter, this.enter(waiter.fiber, "read", (waiter.request as Access).form))
      }
    }
    const waiter = writing.first
    if (waiter === undefined || this.readers.size > 0) return
    if (reading.first !== undefined) this.overtaken++
    writing.grant(waiter, this.enter(waiter.fiber, "write", (waiter.request as Access).form))
  }

  /** Nobody waits inside of a hold. */
  settleInner(): void {}

  end(hold: Hold): void {
    hold.hasEnded = true
    const isWriter = hold === this.writer
    if (isWriter) this.writer = undefined
    else this.readers.delete(hold)
    if (observer !== undefined) observer.released?.(hold)
    this.giveBack(isWriter ? "write" : "read")
    this.settle()
  }

  /** Why it cannot be had at all, now that it was not to be had at once. */
  refusal(): Exit.Exit<never, unknown> | undefined {
    return undefined
  }

  toString(): string {
    const { isWriteLocked, readerCount } = this
    const holder = this.holder()
    const how = isWriteLocked ? "write locked" : readerCount > 0 ? "read locked" : "unlocked"
    const by = holder === undefined ? how : `${how} by ${holder}`
    return `${this.name}(${by}, ${this.reading.size + this.writing.size} waiting)`
  }

  toJSON(): unknown {
    return {
      _id: this.kind,
      name: this.name,
      readers: this.readerCount,
      isWriteLocked: this.isWriteLocked,
      waiting: this.reading.size + this.writing.size
    }
  }

  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return this.toString()
  }
}

/** A line before a lock that has another: who leaves one may have been in the way of the other. */
class Line extends WaitQueue<Hold> {
  private readonly lock: ReadWriteLockState

  constructor(lock: ReadWriteLockState) {
    super(lock, () => lock.settle())
    this.lock = lock
  }

  override settle(): void {
    this.lock.settle()
  }
}

/** Reading or writing, around an effect or until a scope closes. */
export class Access implements Source<Hold> {
  readonly mutex: ReadWriteLockState
  readonly mode: Mode
  readonly form: Form

  constructor(mutex: ReadWriteLockState, mode: Mode, form: Form) {
    this.mutex = mutex
    this.mode = mode
    this.form = form
  }

  attempt(fiber: AnyFiber): Hold | undefined {
    return this.mutex.attempt(fiber, this)
  }

  queueFor(fiber: AnyFiber): WaitQueue<Hold> {
    return this.mutex.queueFor(fiber, this)
  }

  end(hold: Hold): void {
    this.mutex.end(hold)
  }

  refusal(): Exit.Exit<never, unknown> | undefined {
    return this.mutex.refusal()
  }

  provide<A, E, R>(hold: Hold, body: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> {
    return Effect.updateContext(
      body,
      (context: Context.Context<R>) => Context.add(context, Holds, { hold, outer: Context.get(context, Holds) })
    )
  }
}
