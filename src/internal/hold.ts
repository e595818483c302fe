/**
 * One acquisition of a lock until its release: who opened it, where and when, and its place on the path of holds by which the
 * lock is held (`mutex.ts`).
 */
import * as Context from "effect/Context"
import type * as Fiber from "effect/Fiber"
import { sinceStart, start } from "./coarseClock.ts"
import { CurrentParker } from "./waiting.ts"
import type { Held, Parker, Waitable } from "./waiting.ts"
import { WaitQueue } from "./waitQueue.ts"
import type { Waiter } from "./waitQueue.ts"

/** The lock, as far as its holds have to know it. */
interface Owner extends Waitable {
  settleInner(hold: Hold, queue: WaitQueue<Hold>): void
}

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

/** How many want to know of every hold from the context; a lock is never re-entered, so otherwise nobody asks for its. */
export let tracing = 0

/** Has every hold known in the context of its body until the answer is called. */
export const traceHolds = (): () => void => {
  tracing++
  return () => {
    tracing--
  }
}

export class Hold implements Held {
  parent: Hold | undefined
  child: Hold | undefined = undefined
  hasEnded = false
  suspension: Suspension | undefined = undefined
  /** Gives back, once this hold is the deepest, for a condition's waiter that sleeps on it. */
  sleeper: Waiter<Hold | undefined> | undefined = undefined
  /** Passes on a notification that this hold consumed, should it end by interruption. */
  renotify: (() => void) | undefined = undefined
  readonly mutex: Owner
  readonly form: Form
  /** The fiber that opened it, and its context at that moment, which tells the span and the stack frame. */
  readonly fiber: Fiber.Fiber<unknown, unknown>
  readonly context: Context.Context<never>
  readonly thread: Parker | undefined
  private readonly openedAt: number
  private waiting: WaitQueue<Hold> | undefined = undefined

  constructor(mutex: Owner, parent: Hold | undefined, fiber: Fiber.Fiber<unknown, unknown>, form: Form) {
    this.mutex = mutex
    this.parent = parent
    this.fiber = fiber
    this.context = fiber.context
    this.thread = fiber.getRef(CurrentParker)
    this.form = form
    // Here, not where it is declared: a call in an initializer was felt each time a lock is taken.
    this.openedAt = sinceStart()
  }

  get since(): number {
    return start + this.openedAt
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
