/**
 * Who waits where, as far as it could be part of a deadlock: a fiber is in at most one queue at a time. Weakly kept, so a fiber
 * that nobody can wake any more is not.
 */
import type * as Fiber from "effect/Fiber"
import type { AnyWaiter, Obstacles, Waitable } from "./waiting.ts"

const Waits: unique symbol = Symbol.for("effect-threading/Waits")

/** Where a fiber's waiter is noted: on its dispatcher, which lives as long as it does and which nobody else of the fiber's has. */
interface Noted {
  [Waits]?: AnyWaiter | undefined
}

export const parks = (waiter: AnyWaiter): void => {
  ;(waiter.fiber.currentDispatcher as Noted)[Waits] = waiter
}

export const unparks = (waiter: AnyWaiter): void => {
  const noted = waiter.fiber.currentDispatcher as Noted
  if (noted[Waits] === waiter) noted[Waits] = undefined
}

/**
 * The waiter of a fiber that is in a queue now, for something that others have to end first. Should a scheduler give several
 * fibers one dispatcher, that of the last is known, so a deadlock may be missed, but none is made up.
 */
export const waiterOf = (fiber: Fiber.Fiber<unknown, unknown>): AnyWaiter | undefined => {
  const waiter = (fiber.currentDispatcher as Noted)[Waits]
  return waiter?.fiber === fiber ? waiter : undefined
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
