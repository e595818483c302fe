/**
 * One acquisition of a lock until its release: who opened it, where and when, and its place on the path of holds by which the
 * lock is held (`mutex.ts`). Live holds hang on their thread's record, so that a dump and a deadlock's report can tell
 * what a thread holds.
 */
import * as Context from "effect/Context"
import type * as Fiber from "effect/Fiber"
import { coarseNow } from "./coarseClock.ts"
import type { Mutex } from "./mutex.ts"
import { CurrentParker, WaitQueue } from "./waitQueue.ts"
import type { Parker, Waiter } from "./waitQueue.ts"

/** How a hold was opened, and so how it ends: with its fiber's body, with a scope, or by somebody's `release`. */
export type Form = "withLock" | "acquireScoped" | "acquire"

/** The holds that the current fiber runs inside of, innermost first. Helper fibers inherit them. */
export interface HoldList {
  readonly hold: Hold
  readonly outer: HoldList | undefined
}

export const Holds: Context.Reference<HoldList | undefined> = Context.Reference("effect-threading/Holds", {
  defaultValue: (): HoldList | undefined => undefined
})

export class Hold {
  parent: Hold | undefined
  child: Hold | undefined = undefined
  hasEnded = false
  suspension: Suspension | undefined = undefined
  /** Gives back, once this hold is the deepest, for a condition's waiter that sleeps on it. */
  sleeper: Waiter<Hold | undefined> | undefined = undefined
  /** Passes on a notification that this hold consumed, should it end by interruption. */
  renotify: (() => void) | undefined = undefined
  /** The thread's other holds: opened before, and after this one. */
  earlier: Hold | undefined = undefined
  later: Hold | undefined = undefined
  listing: WeakRef<Hold> | undefined = undefined
  readonly mutex: Mutex
  readonly form: Form
  /** The fiber that opened it, and its context at that moment, which tells the span and the stack frame. */
  readonly fiber: Fiber.Fiber<unknown, unknown>
  readonly context: Context.Context<never>
  readonly thread: Parker | undefined
  readonly since: number = coarseNow()
  private waiting: WaitQueue<Hold> | undefined = undefined

  constructor(mutex: Mutex, parent: Hold | undefined, fiber: Fiber.Fiber<unknown, unknown>, form: Form) {
    this.mutex = mutex
    this.parent = parent
    this.fiber = fiber
    this.context = fiber.context
    this.thread = fiber.getRef(CurrentParker)
    this.form = form
  }

  /** Counted by thread: not known to the fibers inside. */
  get isRaw(): boolean {
    return this.form !== "withLock"
  }

  /** Who waits to re-enter while a child is active. */
  get inner(): WaitQueue<Hold> {
    return this.waiting ??= new WaitQueue<Hold>(this.mutex, (queue) => this.mutex.settleInner(this, queue))
  }

  get openedInner(): WaitQueue<Hold> | undefined {
    return this.waiting
  }
}

/** A path that a condition's waiter gave back while it sleeps. */
export class Suspension {
  readonly path: ReadonlyArray<Hold>
  /** Waiters at the lock that came there because this path is absent. */
  readonly strays = new Set<Waiter<Hold>>()

  constructor(path: ReadonlyArray<Hold>) {
    this.path = path
  }
}

/**
 * Puts a hold on its thread's list. What is held outside of every thread is not listed: nothing would ever forget it. What was
 * acquired raw may be dropped without a release, so it is listed weakly.
 */
export const list = (hold: Hold): void => {
  const { thread } = hold
  if (thread === undefined) return
  if (hold.form === "acquire") {
    const listed = thread.rawHolds ??= new Set()
    // Only a thread that drops locks while it holds them comes to have so many.
    if (listed.size % 64 === 63) { for (const each of listed) if (each.deref() === undefined) listed.delete(each) }
    listed.add(hold.listing = new WeakRef(hold))
    return
  }
  const latest = thread.latestHold
  hold.earlier = latest
  if (latest !== undefined) latest.later = hold
  thread.latestHold = hold
}

export const unlist = (hold: Hold): void => {
  const { earlier, later, thread } = hold
  if (thread === undefined) return
  if (hold.listing !== undefined) {
    thread.rawHolds!.delete(hold.listing)
    hold.listing = undefined
    return
  }
  if (later !== undefined) later.earlier = earlier
  else if (thread.latestHold === hold) thread.latestHold = earlier
  if (earlier !== undefined) earlier.later = later
  hold.earlier = hold.later = undefined
}

/** What the thread holds now, oldest first. */
export const holdsOf = (thread: Parker): ReadonlyArray<Hold> => {
  const holds: Array<Hold> = []
  for (let hold = thread.latestHold; hold !== undefined; hold = hold.earlier) holds.push(hold)
  holds.reverse()
  for (const listing of thread.rawHolds ?? []) {
    const hold = listing.deref()
    if (hold !== undefined) holds.push(hold)
  }
  return holds.sort((a, b) => a.since - b.since)
}
