/**
 * The lock under `Lock`, `RLock` and `Condition`. Whoever holds it forms a path of holds: a lock's path has one, a
 * re-entrant lock's one a re-entry, each with at most one child and an inner queue for further re-entries of the same
 * hold, which so exclude one another. The lock is free when the path is empty.
 *
 * A condition suspends a whole path while its waiter sleeps and restores what is left of it. A suspended hold counts as
 * absent: whoever re-enters through it queues at the lock, and goes back to the inner queue when it is restored.
 */
import * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as Fiber from "effect/Fiber"
import * as Schema from "effect/Schema"
import { note } from "./held.ts"
import { Hold, Holds, Suspension, tracing } from "./hold.ts"
import type { Form, HoldList } from "./hold.ts"
import type { Source } from "./holding.ts"
import { knowErrors } from "./knownErrors.ts"
import { nextName } from "./names.ts"
import { observer } from "./observer.ts"
import { waiterOf } from "./parked.ts"
import { CurrentParker } from "./waiting.ts"
import type { Obstacle, Obstacles, Parker, Waitable } from "./waiting.ts"
import { lookAgain, WaitQueue } from "./waitQueue.ts"
import type { Waiter } from "./waitQueue.ts"

/**
 * The defect of releasing a lock that is not held, or not by the caller, and of using a condition without its lock.
 *
 * @since 0.1.0
 * @category errors
 */
export class LockNotHeldError extends Schema.TaggedError<LockNotHeldError>("effect-threading/LockNotHeldError")(
  "LockNotHeldError",
  { operation: Schema.String, lock: Schema.String, advice: Schema.String }
) {
  override get message(): string {
    return `${this.operation}: ${this.lock} is not held by the caller. ${this.advice}`
  }
}

knowErrors(LockNotHeldError)

export class Mutex implements Waitable {
  readonly kind: "Lock" | "RLock"
  private given: string | undefined
  private weak: WeakRef<Mutex> | undefined = undefined
  /** The `ident` of the thread that has noted it last. */
  notedBy: number | undefined = undefined
  root: Hold | undefined = undefined
  private leaf: Hold | undefined = undefined
  readonly queue: WaitQueue<Hold>
  /** Held around an effect: the hold is known to the fibers that run inside of it. */
  readonly scoped: Source<Hold>
  /** Held until a scope closes: a re-entrant lock by the thread. */
  readonly untilClosed: Source<Hold>
  /** Held by the thread, until it releases. */
  readonly raw: Source<Hold>

  constructor(kind: "Lock" | "RLock", name: string | undefined, queueOf?: (mutex: never) => WaitQueue<Hold>) {
    this.kind = kind
    this.given = name || undefined
    this.queue = queueOf?.(this as never) ?? new WaitQueue<Hold>(this, (queue) => this.settleOuter(queue))
    this.scoped = new InheritableSource(this, "withLock")
    this.untilClosed = new MutexSource(this, "acquireScoped")
    this.raw = new MutexSource(this, "acquire")
  }

  /** Who notes that it holds this lock, but must not keep it, notes this. */
  get reference(): WeakRef<Mutex> {
    return this.weak ??= new WeakRef<Mutex>(this)
  }

  get name(): string {
    return this.given ??= nextName(this.kind)
  }

  get isHeld(): boolean {
    return this.root !== undefined
  }

  /** Whether it can be entered by one who does not hold it. */
  protected claim(): boolean {
    return this.root === undefined
  }

  /** Why it cannot be had at all, now that it was not to be had at once. */
  refusal(): Exit.Exit<never, unknown> | undefined {
    return undefined
  }

  /** The last hold has ended, or was suspended. */
  protected vacated(): void {
    this.queue.settle()
  }

  /** The holds by which it is held now, outermost first. */
  get path(): ReadonlyArray<Hold> {
    const path: Array<Hold> = []
    for (let hold = this.root; hold !== undefined; hold = hold.child) path.push(hold)
    return path
  }

  /** All holds of the path are one thread's. */
  holdsOf(thread: Parker): ReadonlyArray<Hold> {
    return this.root?.thread === thread ? this.path : []
  }

  holder(): string | undefined {
    return this.root?.thread?.name
  }

  /** Who waits at the lock waits for all holds of the path, who waits to re-enter one for those that are deeper. */
  obstacles(queue: object): Obstacles | undefined {
    let hold = this.root
    if (queue !== this.queue) {
      while (hold !== undefined && hold.openedInner !== queue) hold = hold.child
      hold = hold?.child
    }
    let fibers: Array<Obstacle> | undefined
    for (; hold !== undefined; hold = hold.child) {
      // Anybody may release what was acquired raw, or close the scope; and whose fiber waits for nothing here is no obstacle.
      if (hold.form === "withLock" && waiterOf(hold.fiber) !== undefined) {
        ;(fibers ??= []).push({ fiber: hold.fiber, hold })
      }
    }
    return fibers && { stuckIf: "any", fibers }
  }

  /** The hold that this fiber may re-enter through, or give back: the deepest that it runs inside of or its thread has. */
  heldBy(fiber: Fiber.Fiber<unknown, unknown>): Hold | undefined {
    const thread = fiber.getRef(CurrentParker)
    if (this.kind === "Lock") return this.root?.thread === thread ? this.root : undefined
    const holds = fiber.getRef(Holds)
    for (let hold = this.leaf; hold !== undefined; hold = hold.parent) {
      if (hold.thread === thread && (hold.isRaw || isAmong(holds, hold))) return hold
    }
    return undefined
  }

  private entrance(fiber: Fiber.Fiber<unknown, unknown>): Hold | undefined {
    return this.kind === "Lock" || this.leaf === undefined ? undefined : this.heldBy(fiber)
  }

  attempt(fiber: Fiber.Fiber<unknown, unknown>, form: Form): Hold | undefined {
    const parent = this.entrance(fiber)
    return (parent === undefined ? this.claim() : parent.child === undefined)
      ? this.enter(parent, fiber, form)
      : undefined
  }

  protected enter(parent: Hold | undefined, fiber: Fiber.Fiber<unknown, unknown>, form: Form): Hold {
    const hold = new Hold(this, parent, fiber, form)
    if (parent === undefined) {
      this.root = hold
      if (hold.thread !== undefined && hold.thread.ident !== this.notedBy) note(this, hold.thread)
    } else {
      parent.child = hold
    }
    this.leaf = hold
    if (observer !== undefined) observer.holds?.(hold)
    return hold
  }

  queueFor(fiber: Fiber.Fiber<unknown, unknown>, waiter: Waiter<Hold>): WaitQueue<Hold> {
    const parent = this.entrance(fiber)
    if (parent !== undefined) return parent.inner
    if (this.kind === "RLock") {
      for (let list = fiber.getRef(Holds); list !== undefined; list = list.outer) {
        const { hold } = list
        if (hold.mutex === this && !hold.hasEnded && hold.thread === waiter.thread) {
          hold.suspension?.strays.add(waiter)
          break
        }
      }
    }
    return this.queue
  }

  protected settleOuter(queue: WaitQueue<Hold>): void {
    for (let waiter = queue.first; waiter !== undefined && this.root === undefined; waiter = queue.first) {
      if (waiter.request instanceof Suspension) {
        queue.grant(waiter, this.restore(waiter.request) as Hold)
      } else {
        queue.grant(waiter, this.enter(undefined, waiter.fiber, (waiter.request as MutexSource).form))
      }
    }
  }

  settleInner(hold: Hold, queue: WaitQueue<Hold>): void {
    if (hold.child !== undefined || hold.suspension !== undefined || hold.hasEnded) return
    const waiter = queue.first!
    queue.grant(waiter, this.enter(hold, waiter.fiber, (waiter.request as MutexSource).form))
  }

  end(hold: Hold, exit: Exit.Exit<unknown, unknown> | undefined): void {
    if (hold.hasEnded) return this.endedBefore()
    if (hold.renotify !== undefined && exit !== undefined) passOn(hold.renotify, exit)
    hold.hasEnded = true
    if (hold.suspension !== undefined) return
    if (observer !== undefined) observer.released?.(hold)
    // What seldom happens stands apart, so that this stays small.
    if (hold.child !== undefined || hold.parent !== undefined) return this.leavePath(hold)
    this.root = this.leaf = undefined
    this.vacated()
  }

  private endedBefore(): never {
    throw new LockNotHeldError({
      operation: `${this.kind}.withLock`,
      lock: this.name,
      advice: "Its hold was released while the effect ran; release only what acquire acquired."
    })
  }

  private leavePath(hold: Hold): void {
    const { child, parent } = hold
    if (child !== undefined) {
      child.parent = parent
      if (parent === undefined) this.root = child
      else parent.child = child
      this.sendOn(hold)
    } else if (parent !== undefined) {
      parent.child = undefined
      this.leaf = parent
      if (parent.sleeper !== undefined) this.suspend(parent)
      else parent.openedInner?.settle()
    }
  }

  /** Who waited to re-enter an ended or absent hold waits further out. */
  private sendOn(hold: Hold): void {
    const inner = hold.openedInner
    for (let waiter = inner?.first; waiter !== undefined; waiter = inner!.first) {
      inner!.remove(waiter)
      const queue = this.queueFor(waiter.fiber, waiter)
      queue.push(waiter)
      queue.settle()
      lookLater(waiter.fiber)
    }
  }

  /** Gives the path up to `hold` back for its sleeper, or leaves that to the end of what runs deeper. */
  suspend(hold: Hold): void {
    if (hold.child !== undefined) return
    const { path } = this
    const suspension = new Suspension(path)
    this.root = this.leaf = undefined
    for (const each of path) {
      each.suspension = suspension
      if (observer !== undefined) observer.released?.(each)
    }
    for (const each of path) this.sendOn(each)
    hold.sleeper!.request = suspension
    this.vacated()
  }

  /** Makes what has not ended of a suspended path the path again; with nothing left, the lock stays free. */
  private restore(suspension: Suspension): Hold | undefined {
    for (const each of suspension.path) {
      each.suspension = undefined
      if (each.hasEnded) continue
      each.parent = this.leaf
      each.child = undefined
      if (this.leaf === undefined) this.root = each
      else this.leaf.child = each
      this.leaf = each
      if (each.thread !== undefined) note(this, each.thread)
      if (observer !== undefined) observer.holds?.(each)
    }
    for (const waiter of suspension.strays) {
      if (waiter.queue !== this.queue) continue
      this.queue.remove(waiter)
      const queue = this.queueFor(waiter.fiber, waiter)
      queue.push(waiter)
      queue.settle()
      lookLater(waiter.fiber)
    }
    return this.leaf
  }

  /** Releases as a thread does that acquired raw: a lock whoever holds it, a re-entrant lock the caller's last. */
  release(fiber: Fiber.Fiber<unknown, unknown>): void {
    const hold = this.kind === "Lock" ? this.root : this.lastRaw(fiber.getRef(CurrentParker))
    if (hold === undefined) {
      throw new LockNotHeldError({
        operation: `${this.kind}.release`,
        lock: this.name,
        advice: this.kind === "Lock"
          ? "Acquire it first, once for every release; withLock pairs the two."
          : "Only the thread that acquired it may release it, once for every acquire; withLock pairs the two."
      })
    }
    this.end(hold, undefined)
  }

  toString(): string {
    const holder = this.holder()
    const locked = holder === undefined ? "locked" : `locked by ${holder}`
    const depth = this.kind === "Lock" ? "" : `, depth ${this.path.length}`
    return `${this.name}(${this.isHeld ? locked : "unlocked"}${depth}, ${this.queue.size} waiting)`
  }

  toJSON(): unknown {
    return { _id: this.kind, name: this.name, isLocked: this.isHeld, waiting: this.queue.size }
  }

  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return this.toString()
  }

  private lastRaw(thread: Parker | undefined): Hold | undefined {
    let hold = this.leaf
    while (hold !== undefined && !(hold.isRaw && hold.thread === thread)) hold = hold.parent
    return hold
  }
}

const passOn = (renotify: () => void, exit: Exit.Exit<unknown, unknown>): void => {
  if (Exit.isFailure(exit) && Cause.hasInterrupts(exit.cause)) renotify()
}

/** Once the change that sent it on is complete. */
const lookLater = (fiber: Fiber.Fiber<unknown, unknown>): void =>
  fiber.currentDispatcher.scheduleTask(() => lookAgain(fiber), 0)

const isAmong = (list: HoldList | undefined, hold: Hold): boolean => {
  for (; list !== undefined; list = list.outer) if (list.hold === hold) return true
  return false
}

class MutexSource implements Source<Hold> {
  readonly mutex: Mutex
  readonly form: Form

  constructor(mutex: Mutex, form: Form) {
    this.mutex = mutex
    this.form = form
  }

  attempt(fiber: Fiber.Fiber<unknown, unknown>): Hold | undefined {
    return this.mutex.attempt(fiber, this.form)
  }

  queueFor(fiber: Fiber.Fiber<unknown, unknown>, waiter: Waiter<Hold>): WaitQueue<Hold> {
    return this.mutex.queueFor(fiber, waiter)
  }

  end(hold: Hold, exit?: Exit.Exit<unknown, unknown>): void {
    this.mutex.end(hold, exit)
  }

  refusal(): Exit.Exit<never, unknown> | undefined {
    return this.mutex.refusal()
  }
}

class InheritableSource extends MutexSource {
  provide<A, E, R>(hold: Hold, body: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> {
    if (this.mutex.kind === "Lock" && tracing === 0) return body
    return Effect.updateContext(
      body,
      (context: Context.Context<R>) => Context.add(context, Holds, { hold, outer: Context.get(context, Holds) })
    )
  }
}
