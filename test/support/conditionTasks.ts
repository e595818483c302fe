/** Tasks that put into and take from a ring of numbers in shared memory, and such that die while they wait for it. */
import * as Condition from "effect-threading/Condition"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"

/** A ring of numbers with two conditions on one lock. */
export interface Ring {
  readonly notEmpty: Condition.SharedCondition
  readonly notFull: Condition.SharedCondition
  readonly items: Int32Array
  /** How many were put, how many taken, and how many there will be in all. */
  readonly counts: Int32Array
  /** How often each number was taken. */
  readonly taken: Int32Array
}

const put = ({ counts, items }: Ring, item: number): void => {
  items[counts[0]!++ % items.length] = item
}

const take = ({ counts, items, taken }: Ring): void => {
  taken[items[counts[1]!++ % items.length]!]!++
}

const isFull = ({ counts, items }: Ring): boolean => counts[0]! - counts[1]! === items.length
const isEmpty = ({ counts }: Ring): boolean => counts[0] === counts[1]
const isOver = ({ counts }: Ring): boolean => counts[1] === counts[2]

export const puts = (ring: Ring, from: number, to: number): Effect.Effect<void, unknown> =>
  Effect.gen(function*() {
    for (let item = from; item < to; item++) {
      yield* Condition.withLock(
        ring.notFull,
        Effect.gen(function*() {
          yield* Condition.waitFor(ring.notFull, () => !isFull(ring))
          put(ring, item)
          yield* Condition.notify(ring.notEmpty)
        })
      )
    }
  })

export const putsSync = (ring: Ring, from: number, to: number): void => {
  for (let item = from; item < to; item++) {
    Condition.withLockSync(ring.notFull, () => {
      Condition.waitForSync(ring.notFull, () => !isFull(ring))
      put(ring, item)
      Condition.notifySync(ring.notEmpty)
    })
  }
}

/** Takes until all are taken, by whomever: how many it took. */
export const takes = (ring: Ring): Effect.Effect<number, unknown> =>
  Effect.gen(function*() {
    for (let count = 0;; count++) {
      const isTaken = yield* Condition.withLock(
        ring.notEmpty,
        Effect.gen(function*() {
          yield* Condition.waitFor(ring.notEmpty, () => !isEmpty(ring) || isOver(ring))
          if (isOver(ring)) return false
          take(ring)
          yield* isOver(ring) ? Condition.notifyAll(ring.notEmpty) : Condition.notify(ring.notFull)
          return true
        })
      )
      if (!isTaken) return count
    }
  })

export const takesSync = (ring: Ring): number => {
  const takeOne = () => {
    while (isEmpty(ring) && !isOver(ring)) Condition.waitSync(ring.notEmpty)
    if (isOver(ring)) return false
    take(ring)
    if (isOver(ring)) Condition.notifyAllSync(ring.notEmpty)
    else Condition.notifySync(ring.notFull)
    return true
  }
  let count = 0
  while (Condition.withLockSync(ring.notEmpty, takeOne)) count++
  return count
}

/** Says that it sleeps, which is so when the lock is free again. */
export const sleeps = (condition: Condition.SharedCondition, asleep: Int32Array): Effect.Effect<void, unknown> =>
  Condition.withLock(condition, Effect.andThen(Effect.sync(() => asleep[0]!++), Condition.wait(condition)))

export const sleepsSync = (condition: Condition.SharedCondition, asleep: Int32Array): void =>
  Condition.withLockSync(condition, () => {
    asleep[0]!++
    Condition.waitSync(condition)
  })

/** Has two fibers sleep, and then sleeps as well, for which it blocks them. */
export const sleepsThrice = (condition: Condition.SharedCondition, asleep: Int32Array) =>
  Effect.gen(function*() {
    const fibers = yield* Effect.replicateEffect(Effect.forkChild(sleeps(condition, asleep)), 2)
    while (asleep[0] !== 2) yield* Effect.sleep(1)
    yield* Effect.sync(() => sleepsSync(condition, asleep))
    asleep[0]!--
    yield* Fiber.joinAll(fibers)
  })

/** Has a fiber sleep, hears of nothing until it is told to, and ends its worker then. */
export const sleepsAndExits = (condition: Condition.SharedCondition, asleep: Int32Array, gate: Int32Array) =>
  Effect.gen(function*() {
    yield* Effect.forkChild(sleeps(condition, asleep), { startImmediately: true })
    yield* Effect.sync(() => Atomics.wait(gate, 0, 0))
    return process.exit(3)
  })

/** Ends its worker while it holds the lock. */
export const exitsInside = (condition: Condition.SharedCondition): void =>
  Condition.withLockSync(condition, () => process.exit(3))
