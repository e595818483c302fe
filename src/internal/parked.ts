/**
 * Who waits where, as far as it could be part of a deadlock: a fiber is in at most one queue at a time. Weakly kept, so a fiber
 * that nobody can wake any more is not.
 */
import type * as Fiber from "effect/Fiber"
import { isCounting } from "./scheduler.ts"
import type { AnyWaiter, Obstacles, Waitable } from "./waiting.ts"

/** A region's fibers have a dispatcher each that can tell; these are of others. */
const waiters = new WeakMap<Fiber.Fiber<unknown, unknown>, AnyWaiter>()

export const parks = (waiter: AnyWaiter): void => {
  const { currentDispatcher } = waiter.fiber
  if (isCounting(currentDispatcher)) currentDispatcher.waiter = waiter
  else waiters.set(waiter.fiber, waiter)
}

export const unparks = (waiter: AnyWaiter): void => {
  const { currentDispatcher } = waiter.fiber
  if (isCounting(currentDispatcher)) currentDispatcher.waiter = undefined
  else waiters.delete(waiter.fiber)
}

/** The waiter of a fiber that is in a queue now, for something that others have to end first. */
export const waiterOf = (fiber: Fiber.Fiber<unknown, unknown>): AnyWaiter | undefined => {
  const { currentDispatcher } = fiber
  return isCounting(currentDispatcher) ? currentDispatcher.waiter : waiters.get(fiber)
}

/** A fiber that has to come to its end; none if it waits for nothing here, and so can. */
export const obstacleOf = (fiber: Fiber.Fiber<unknown, unknown>): Obstacles | undefined =>
  waiterOf(fiber) === undefined ? undefined : { stuckIf: "any", fibers: [{ fiber }] }

/** A queue, as far as it is listed here. */
interface Listed {
  readonly on: Waitable
  readonly size: number
  isListed: boolean
}

// Where fibers of no thread wait, or have waited; a thread's own record tells where its fibers do.
const queues = new Set<WeakRef<Listed>>()
let enough = 64

const sweep = (): void => {
  for (const ref of queues) {
    const queue = ref.deref()
    if (queue !== undefined && queue.size > 0) continue
    if (queue !== undefined) queue.isListed = false
    queues.delete(ref)
  }
  enough = 2 * queues.size + 64
}

/** Lists the queue of a waiter that belongs to no thread. */
export const listQueue = (queue: Listed): void => {
  if (queue.isListed) return
  queue.isListed = true
  queues.add(new WeakRef(queue))
  if (queues.size > enough) sweep()
}

/** The queues in which fibers of no thread wait now. */
export const listedQueues = (): ReadonlyArray<Listed> => {
  sweep()
  return Array.from(queues, (ref) => ref.deref()!)
}
