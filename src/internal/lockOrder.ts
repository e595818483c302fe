/**
 * In which order locks are taken one inside the other, and by whom first. Two that were ever taken in both orders can deadlock,
 * though they may not have done so yet.
 */
import * as Effect from "effect/Effect"
import type * as Fiber from "effect/Fiber"
import { Holds, traceHolds } from "./hold.ts"
import type { Hold } from "./hold.ts"
import type { Mutex } from "./mutex.ts"
import { observe } from "./observer.ts"
import { placeOf } from "./site.ts"
import { CurrentParker } from "./waiting.ts"
import type { Waitable } from "./waiting.ts"

type AnyFiber = Fiber.Fiber<unknown, unknown>

/** How one lock was first taken while another was held. */
interface Order {
  readonly text: string
  isWarned: boolean
}

const at = (place: string | undefined) => place === undefined ? "" : ` (${place})`

/** Warns of locks that are taken in both orders until the answer is called. */
export const warnOfLockOrder = (): () => void => {
  const orders = new WeakMap<Waitable, WeakMap<Waitable, Order>>()
  /** What a fiber holds that its context doesn't tell of. */
  const rawHolds = new WeakMap<AnyFiber, Set<Hold>>()

  const heldBy = (fiber: AnyFiber): ReadonlyArray<Hold> => {
    const held = Array.from(rawHolds.get(fiber) ?? [])
    const thread = fiber.getRef(CurrentParker)
    for (let list = fiber.getRef(Holds); list !== undefined; list = list.outer) {
      const { hold } = list
      // A thread that is started inside of a hold does not have it.
      if (!hold.hasEnded && hold.suspension === undefined && hold.thread === thread) held.push(hold)
    }
    return held
  }

  const note = (hold: Hold, wanted: Mutex, fiber: AnyFiber): void => {
    const held = hold.mutex
    const after = orders.get(held) ?? new WeakMap<Waitable, Order>()
    if (after.has(wanted)) return
    const who = fiber.getRef(CurrentParker)?.name ?? `fiber #${fiber.id}`
    const order: Order = {
      text: `${who} took ${held.name}${at(placeOf(hold.context))}, then ${wanted.name}${at(placeOf(fiber.context))}`,
      isWarned: false
    }
    orders.set(held, after.set(wanted, order))
    const opposite = orders.get(wanted)?.get(held)
    if (opposite === undefined || opposite.isWarned) return
    opposite.isWarned = true
    const text = `Lock order: ${wanted.name} and ${held.name} are taken in both orders, so they can deadlock.\n`
      + `  ${opposite.text}\n  ${order.text}`
    // A logger may take locks itself: a step later, and not inside of this acquisition.
    Effect.runForkWith(fiber.context)(Effect.andThen(Effect.yieldNow, Effect.logWarning(text)))
  }

  const untrace = traceHolds()
  const stop = observe({
    acquires: (mutex, fiber) => {
      const wanted = mutex as Mutex
      const held = heldBy(fiber)
      // A re-entry never waits for another thread.
      if (held.some((hold) => hold.mutex === wanted)) return
      if (wanted.kind === "RLock" && wanted.heldBy(fiber) !== undefined) return
      for (const hold of held) note(hold, wanted, fiber)
    },
    holds: (observed) => {
      const hold = observed as Hold
      if (!hold.isRaw) return
      const holds = rawHolds.get(hold.fiber) ?? new Set()
      rawHolds.set(hold.fiber, holds.add(hold))
    },
    released: (observed) => {
      rawHolds.get(observed.fiber)?.delete(observed as Hold)
    }
  })
  return () => {
    stop()
    untrace()
  }
}
