/**
 * The one way to wait within an OS thread (Trio's ParkingLot is the model): a doubly linked FIFO with O(1) enqueue and O(1)
 * removal, direct hand-off to the first waiter, and requeue to another queue. It also writes down, on the waiter's thread,
 * who waits on what.
 *
 * A grant makes the waiter the holder *now* and resumes it later, through its own dispatcher: resuming inline would nest
 * one stack frame a waiter, inside finalizers too. Between grant and resumption an interruption finds `isGranted` set.
 */
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as Fiber from "effect/Fiber"
import { sinceStart, start } from "./coarseClock.ts"
import { examine } from "./deadlockError.ts"
import { observer } from "./observer.ts"
import { listQueue, parks, unparks, waiterOf } from "./parked.ts"
import { isAlone } from "./scheduler.ts"
import { CurrentParker } from "./waiting.ts"
import type { Parker, Waitable } from "./waiting.ts"

/** One fiber in one queue, or moved from one to another, until it is granted `H`. */
export class Waiter<H, Request = unknown> {
  queue: WaitQueue<H> | undefined = undefined
  previous: Waiter<H> | undefined = undefined
  next: Waiter<H> | undefined = undefined
  isGranted = false
  arrivedAt = 0
  operations = 0
  isReported = false
  hold: H | undefined = undefined
  /** Goes on with the hold; or, given a failure, fails so. */
  resume: ((hold: H, failure?: Exit.Exit<never, unknown>) => void) | undefined = undefined
  /** Why it will not be granted anything. */
  failure: Exit.Exit<never, unknown> | undefined = undefined
  readonly fiber: Fiber.Fiber<unknown, unknown>
  readonly thread: Parker | undefined
  request: Request

  constructor(fiber: Fiber.Fiber<unknown, unknown>, request: Request) {
    this.fiber = fiber
    this.thread = fiber.getRef(CurrentParker)
    this.request = request
  }

  get since(): number {
    return start + this.arrivedAt
  }

  get isBound(): boolean {
    return false
  }
}

export class WaitQueue<H> {
  first: Waiter<H> | undefined = undefined
  private last: Waiter<H> | undefined = undefined
  size = 0
  isListed = false
  readonly on: Waitable
  private readonly grantWhatIsFree: (queue: WaitQueue<H>) => void

  constructor(on: Waitable, grantWhatIsFree: (queue: WaitQueue<H>) => void) {
    this.on = on
    this.grantWhatIsFree = grantWhatIsFree
  }

  /** Grants to the first waiters what is free now. To be called after every change of the state that they wait for. */
  settle(): void {
    if (this.first !== undefined) this.grantWhatIsFree(this)
  }

  push(waiter: Waiter<H>): void {
    waiter.queue = this
    waiter.previous = this.last
    if (this.last === undefined) this.first = waiter
    else this.last.next = waiter
    this.last = waiter
    this.size++
    waiter.arrivedAt = sinceStart()
    waiter.isReported = false
    // Who waits for what nobody has to end first is never part of a deadlock.
    if (this.on.obstacles !== undefined) parks(waiter)
    if (waiter.thread !== undefined) waiter.thread.blocked(waiter)
    else if (this.on.isEnumerated !== true) listQueue(this)
    if (observer !== undefined) observer.parked?.(waiter, this.on)
  }

  remove(waiter: Waiter<H>): void {
    const { next, previous } = waiter
    if (previous === undefined) this.first = next
    else previous.next = next
    if (next === undefined) this.last = previous
    else next.previous = previous
    waiter.queue = waiter.previous = waiter.next = undefined
    this.size--
    if (this.on.obstacles !== undefined) unparks(waiter)
    waiter.thread?.unblocked(waiter)
    if (observer !== undefined) observer.unparked?.(waiter, this.on)
  }

  /** Takes the waiter out and gives it `hold`; its fiber goes on in a step of its own. */
  grant(waiter: Waiter<H>, hold: H): void {
    waiter.isGranted = true
    this.remove(waiter)
    grant(waiter, hold)
  }

  /** Takes the waiter out without a hold; its fiber fails in a step of its own. */
  fail(waiter: Waiter<H>, failure: Exit.Exit<never, unknown>): void {
    waiter.failure = failure
    this.remove(waiter)
    waiter.fiber.currentDispatcher.scheduleTask(() => waiter.resume?.(undefined as H, failure), 0)
    waiter.thread?.touch()
  }
}

let nested = 0

/**
 * Lets everybody go on who waits for something that stays true. There is nothing to lose, so a fiber goes on at once, here, as
 * far as the stack allows; unless others are ready, behind whom it takes its turn.
 */
export const open = (queue: WaitQueue<void>): void => {
  for (let waiter = queue.first; waiter !== undefined; waiter = queue.first) {
    if (nested >= 16 || waiter.resume === undefined || !isAlone(waiter.fiber.currentDispatcher)) {
      queue.grant(waiter, undefined)
      continue
    }
    waiter.isGranted = true
    queue.remove(waiter)
    nested++
    try {
      waiter.resume()
    } finally {
      nested--
    }
  }
}

/** Gives `hold` to a waiter that is in no queue. */
const grant = <H>(waiter: Waiter<H>, hold: H): void => {
  waiter.isGranted = true
  waiter.hold = hold
  waiter.fiber.currentDispatcher.scheduleTask(() => waiter.resume?.(hold), 0)
  waiter.thread?.touch()
}

/**
 * Waits in `queue` until granted. Interrupted while queued it leaves; interrupted after the grant, resumed or not, it gives
 * the grant back through `giveBack`.
 */
export const park = <H>(
  queue: WaitQueue<H>,
  waiter: Waiter<H>,
  giveBack: ((hold: H) => void) | undefined
): Effect.Effect<H> => parkFor(queue, waiter, giveBack, Exit.succeed)

/** As `park`, and goes on with `then` in the same step. */
export const parkFor = <H, A, E>(
  queue: WaitQueue<H>,
  waiter: Waiter<H>,
  giveBack: ((hold: H) => void) | undefined,
  then: (hold: H) => Effect.Effect<A, E>
): Effect.Effect<A, E> => Effect.callback<A, E>((resume) => lineUp(queue, waiter, giveBack, then, resume))

/** What `park` does when its callback registers; the answer is its finalizer. */
export const lineUp = <H, A, E>(
  queue: WaitQueue<H>,
  waiter: Waiter<H>,
  giveBack: ((hold: H) => void) | undefined,
  then: (hold: H) => Effect.Effect<A, E>,
  resume: (effect: Effect.Effect<A, E>) => void
): Effect.Effect<void> => {
  // What it may fail with is in the type of whatever it waits for.
  waiter.resume = (hold, failure) => resume(failure === undefined ? then(hold) : failure as Exit.Exit<never, E>)
  waiter.operations = waiter.fiber.currentOpCount
  queue.push(waiter)
  // Look again: this fiber may have been preempted since it found nothing free.
  queue.settle()
  if (!waiter.isGranted) look(waiter)
  return Effect.sync(() => abandon(waiter, giveBack))
}

/** Looks whether this waiter has closed a deadlock. */
export const look = <H>(waiter: Waiter<H>): void => {
  if (waiter.isReported) return
  const defect = examine(waiter)
  const { queue } = waiter
  if (defect === undefined || queue === undefined) return
  if (observer !== undefined) observer.deadlocked?.(waiter)
  queue.remove(waiter)
  queue.settle()
  waiter.resume?.(undefined as H, Exit.die(defect))
}

/** The same for a fiber that may be in a queue, once something has become known that its wait depends on. */
export const lookAgain = (fiber: Fiber.Fiber<unknown, unknown>): void => {
  const waiter = waiterOf(fiber)
  if (waiter !== undefined) look(waiter as Waiter<unknown>)
}

const abandon = <H>(waiter: Waiter<H>, giveBack: ((hold: H) => void) | undefined): void => {
  const queue = waiter.queue
  if (queue === undefined) return waiter.isGranted ? giveBack?.(waiter.hold as H) : undefined
  queue.remove(waiter)
  // What it was too large or too early for may fit those behind it.
  queue.settle()
}
