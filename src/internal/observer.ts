/**
 * Where the library tells of what happens to locks, waits, threads and futures, for the few who want to hear of all of it: the
 * explorer, lock-order warnings. With nobody listening it costs one look at a variable.
 */
import type * as Exit from "effect/Exit"
import type * as Fiber from "effect/Fiber"

type AnyFiber = Fiber.Fiber<unknown, unknown>

/** What a lock, a queue or a future is called. */
interface Named {
  readonly kind: string
  readonly name: string
}

/** One acquisition of a lock, until it is released. */
export interface ObservedHold {
  readonly mutex: Named
  readonly fiber: AnyFiber
}

/** A fiber in a queue. */
export interface ObservedWaiter {
  readonly fiber: AnyFiber
  readonly isGranted: boolean
}

/** A thread or a future, and whether anybody has asked how it ended. */
export interface ObservedEnd extends Named {
  readonly exit: Exit.Exit<unknown, unknown> | undefined
  readonly isObserved: boolean
}

export interface ObservedThread extends ObservedEnd {
  readonly fiber: AnyFiber | undefined
}

export interface Observer {
  /** A fiber is about to acquire a lock, and will wait for it if it must. */
  acquires?(mutex: Named, fiber: AnyFiber): void
  holds?(hold: ObservedHold): void
  released?(hold: ObservedHold): void
  parked?(waiter: ObservedWaiter, on: Named): void
  /** Granted, or given up. */
  unparked?(waiter: ObservedWaiter, on: Named): void
  started?(thread: ObservedThread): void
  ended?(thread: ObservedThread): void
  /** A future ended in failure; later, `isObserved` may still change. */
  failed?(future: ObservedEnd): void
  /** A fiber has closed a deadlock by waiting, and will die of it. */
  deadlocked?(waiter: ObservedWaiter): void
}

/** Undefined while nobody listens: look before you call. */
export let observer: Observer | undefined

const listening = new Set<Observer>()

const tellAll: Observer = {
  acquires: (mutex, fiber) => listening.forEach((each) => each.acquires?.(mutex, fiber)),
  holds: (hold) => listening.forEach((each) => each.holds?.(hold)),
  released: (hold) => listening.forEach((each) => each.released?.(hold)),
  parked: (waiter, on) => listening.forEach((each) => each.parked?.(waiter, on)),
  unparked: (waiter, on) => listening.forEach((each) => each.unparked?.(waiter, on)),
  started: (thread) => listening.forEach((each) => each.started?.(thread)),
  ended: (thread) => listening.forEach((each) => each.ended?.(thread)),
  failed: (future) => listening.forEach((each) => each.failed?.(future)),
  deadlocked: (waiter) => listening.forEach((each) => each.deadlocked?.(waiter))
}

/** Listens until the answer is called. */
export const observe = (added: Observer): () => void => {
  listening.add(added)
  observer = listening.size === 1 ? added : tellAll
  return () => {
    listening.delete(added)
    const [only] = listening
    observer = listening.size > 1 ? tellAll : only
  }
}
