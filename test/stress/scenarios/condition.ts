/**
 * Conditions: a small ring of numbers, with two conditions on one lock. Half the walkers put the numbers in one after the other, the
 * others take them out, and find each in its turn.
 */
import * as Condition from "effect-threading/Condition"
import * as RLock from "effect-threading/RLock"
import * as Effect from "effect/Effect"
import { Count, own } from "../field.ts"
import type { Scenario } from "../scenario.ts"
import type { Walker } from "../walker.ts"

/** How many were put in, how many taken out, how many there will be; and the ring. */
const Cell = { put: own, taken: own + 1, total: own + 2, ring: own + 8 } as const
const capacity = 4

interface Ring {
  readonly notEmpty: Condition.SharedCondition
  readonly notFull: Condition.SharedCondition
}

/** One end of the ring: whom it waits for, and whom it tells. */
interface End {
  readonly mine: Condition.SharedCondition
  readonly others: Condition.SharedCondition
  readonly isOver: () => boolean
  readonly isReady: () => boolean
  readonly move: () => void
}

const endOf = (walker: Walker, { notEmpty, notFull }: Ring, puts: boolean): End => {
  const { cells } = walker.field
  const total = cells[Cell.total]!
  const held = (): number => {
    const n = cells[Cell.put]! - cells[Cell.taken]!
    if (n < 0 || n > capacity) walker.fail(`${n} in a ring of ${capacity}`)
    return n
  }
  const isOver = () => walker.field.get(puts ? Cell.put : Cell.taken) === total
  if (puts) {
    const move = () => {
      const n = cells[Cell.put]!
      cells[Cell.ring + n % capacity] = n
      cells[Cell.put] = n + 1
    }
    return { mine: notFull, others: notEmpty, isOver, isReady: () => isOver() || held() < capacity, move }
  }
  const move = () => {
    const n = cells[Cell.taken]!
    const found = cells[Cell.ring + n % capacity]!
    if (found !== n) walker.fail(`found ${found} in the turn of ${n}`)
    cells[Cell.taken] = n + 1
  }
  return { mine: notEmpty, others: notFull, isOver, isReady: () => isOver() || held() > 0, move }
}

const once = (walker: Walker, end: End): Effect.Effect<unknown, unknown> => {
  const { random } = walker
  const tell = Effect.suspend(() =>
    end.isOver()
      ? Effect.andThen(Condition.notifyAll(end.mine), Condition.notifyAll(end.others))
      : random.chance(0.1)
      ? Condition.notifyAll(end.others)
      : Condition.notify(end.others)
  )
  const moves = Effect.suspend(() =>
    end.isOver() ? Effect.void : walker.inside(
      1,
      Effect.andThen(walker.pause(3), Effect.uninterruptible(Effect.andThen(Effect.sync(end.move), tell)))
    )
  )
  const waits = random.chance(0.5)
    ? Condition.waitFor(end.mine, end.isReady)
    : Effect.whileLoop({ while: () => !end.isReady(), body: () => Condition.wait(end.mine), step: () => {} })
  const body = Effect.andThen(waits, moves)
  return random.chance(0.1)
    ? walker.ifAvailable(Condition.withLockIfAvailable(end.mine, body))
    : Condition.withLock(end.mine, body)
}

const onceSync = (walker: Walker, end: End): void =>
  Condition.withLockSync(end.mine, () => {
    if (walker.random.chance(0.5)) Condition.waitForSync(end.mine, end.isReady)
    else while (!end.isReady()) Condition.waitSync(end.mine)
    if (end.isOver()) return
    walker.insideSync(1, () => {
      walker.spin()
      end.move()
    })
    if (end.isOver()) {
      Condition.notifyAllSync(end.mine)
      Condition.notifyAllSync(end.others)
    } else Condition.notifySync(end.others)
  })

const recover = (walker: Walker, ring: Ring) =>
  Condition.recover(
    ring.notEmpty,
    Effect.andThen(
      Effect.andThen(
        walker.pause(3),
        Effect.sync(() => {
          walker.field.bury(Infinity)
          walker.count(Count.repairs)
        })
      ),
      // Recover tells those of one condition only.
      Condition.notifyAll(ring.notFull)
    )
  )

export const condition: Scenario<Ring> = {
  name: "Condition",
  rules: { limit: 1, forgiven: 0 },
  make: Effect.gen(function*() {
    const lock = yield* RLock.makeShared()
    return { notEmpty: yield* Condition.makeShared(lock), notFull: yield* Condition.makeShared(lock) }
  }),
  begin: (field, _, { target }) =>
    Effect.sync(() => {
      field.set(Cell.put, 0)
      field.set(Cell.taken, 0)
      field.set(Cell.total, target >> 1)
    }),
  fiber: (walker, ring) => {
    const end = endOf(walker, ring, walker.index % 2 === 0)
    return Effect.whileLoop({
      while: () => !end.isOver(),
      body: () => walker.operation(walker.answered(walker.disturbed(once(walker, end)), recover(walker, ring))),
      step: () => {}
    })
  },
  plain: (walker, ring) => {
    const end = endOf(walker, ring, walker.index % 2 === 0)
    return walker.untilAbandoned(() => !end.isOver(), () => onceSync(walker, end))
  },
  isPlainResumed: true,
  recover,
  rest: (walker, ring) =>
    Effect.gen(function*() {
      yield* walker.answered(Condition.withLock(ring.notEmpty, Effect.void), recover(walker, ring))
      const [put, taken, total] = [Cell.put, Cell.taken, Cell.total].map((cell) => walker.field.get(cell))
      if (put !== total || taken !== total) walker.fail(`${put} put in and ${taken} taken out of ${total}`)
      if (yield* Condition.isLocked(ring.notEmpty)) walker.fail("the lock is held when all have ended")
      if (walker.field.inside !== 0) walker.fail(`${walker.field.inside} inside when all have ended`)
    }),
  shared: ({ notEmpty, notFull }) => [notEmpty, notFull]
}
