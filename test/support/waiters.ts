/** Who waits, as the primitives themselves print it. */
import { Effect } from "effect"

interface Printed {
  readonly waiting?: number
  readonly sleeping?: number
}

/** How many wait in this primitive now: for a condition, how many sleep. */
export const waiting = (primitive: object): number => {
  const printed = JSON.parse(JSON.stringify(primitive)) as Printed
  return printed.sleeping ?? printed.waiting ?? 0
}

/** Goes on once exactly this many wait; dies if they never do. */
export const untilWaiting = (primitive: object, count: number): Effect.Effect<void> =>
  until(() => waiting(primitive) === count, () => `${count} waiting at ${JSON.stringify(primitive)}`)

/** Lets other fibers run until the condition is true; dies if it never is. */
export const until = (condition: () => boolean, what: () => string): Effect.Effect<void> => {
  const loop = (left: number): Effect.Effect<void> =>
    Effect.suspend(() =>
      condition()
        ? Effect.void
        : left === 0
        ? Effect.die(new Error(`It never came to this: ${what()}`))
        : Effect.flatMap(Effect.yieldNow, () => loop(left - 1))
    )
  return loop(10_000)
}
