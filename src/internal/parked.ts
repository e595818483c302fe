/** Who waits where: a fiber is in at most one queue at a time. Weakly kept, so a fiber that nobody can wake any more is not. */
import type * as Fiber from "effect/Fiber"
import type { AnyWaiter } from "./waitQueue.ts"

const waiters = new WeakMap<Fiber.Fiber<unknown, unknown>, AnyWaiter>()

export const parks = (waiter: AnyWaiter): void => {
  waiters.set(waiter.fiber, waiter)
}

export const unparks = (waiter: AnyWaiter): void => {
  waiters.delete(waiter.fiber)
}

/** The waiter of a fiber that is in a queue now. */
export const waiterOf = (fiber: Fiber.Fiber<unknown, unknown>): AnyWaiter | undefined => waiters.get(fiber)
