/**
 * Barriers: all walkers meet time and again, and nobody is ever a round before another. Who is interrupted breaks the barrier, unless
 * the round had just passed, which it learns from those who passed; one of those who find it broken makes it whole.
 */
import * as Barrier from "effect-threading/Barrier"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import { Count, mostWalkers, own } from "../field.ts"
import type { Scenario } from "../scenario.ts"
import type { Walker } from "../walker.ts"

/**
 * How often the barrier was broken, twice, and odd while it is made whole; how many rounds have passed, for some; whether somebody
 * is missing; how many don't know whether they passed, and how many did not learn their place; how often each place was taken; and
 * how often each walker passed.
 */
const Cell = {
  breaks: own,
  passed: own + 1,
  isOver: own + 2,
  unsure: own + 3,
  placeless: own + 4,
  rounds: own + 5,
  parties: own + 6,
  places: own + 16,
  passes: own + 16 + mostWalkers
} as const

interface Meeting {
  /** A barrier for so many, by that number. */
  readonly barriers: ReadonlyArray<Barrier.SharedBarrier>
}

const mineOf = ({ field, index }: Walker): number => field.get(Cell.passes + index)

const barrierOf = ({ field }: Walker, { barriers }: Meeting): Barrier.SharedBarrier =>
  barriers[field.get(Cell.parties)]!

/** Has passed; its place may have got lost. */
const passes = (walker: Walker, place: number | undefined): void => {
  const { field, index } = walker
  field.atLeast(Cell.passed, mineOf(walker) + 1)
  field.add(Cell.passes + index)
  field.add(place === undefined ? Cell.placeless : Cell.places + place)
}

const goesOn = (walker: Walker): boolean =>
  walker.field.get(Cell.isOver) === 0 && mineOf(walker) < walker.field.get(Cell.rounds)

/** Of those who find it broken one makes it whole. Who may die leaves that to others. */
const mend = (walker: Walker, barrier: Barrier.SharedBarrier, breaks: number): Effect.Effect<void> =>
  Effect.flatMap(Barrier.isBroken(barrier), (isBroken) => {
    const { field } = walker
    if (walker.isDoomed || !isBroken || field.get(Cell.isOver) !== 0) return Effect.yieldNow
    if (!field.swap(Cell.breaks, breaks, breaks + 1)) return Effect.yieldNow
    return Effect.andThen(Barrier.reset(barrier), Effect.sync(() => field.set(Cell.breaks, breaks + 2)))
  })

/** Whether the round has passed in which it was interrupted. */
const hasPassed = (walker: Walker, barrier: Barrier.SharedBarrier, breaks: number): Effect.Effect<boolean> =>
  Effect.suspend(() => {
    const { field } = walker
    return Effect.flatMap(Barrier.isBroken(barrier), (isBroken) => {
      const wasBroken = isBroken || field.get(Cell.breaks) !== breaks
      // Whoever breaks the next round has said before that it passed this one.
      if (field.get(Cell.passed) > mineOf(walker)) return Effect.succeed(true)
      if (wasBroken) return Effect.succeed(false)
      return Effect.andThen(Effect.yieldNow, hasPassed(walker, barrier, breaks))
    })
  })

/** Comes, and may be called away. Undefined if it was. */
const comes = (
  walker: Walker,
  barrier: Barrier.SharedBarrier
): Effect.Effect<number | undefined, Barrier.BrokenBarrierError> => {
  const dice = walker.random.next()
  if (dice < 0.995) return Barrier.wait(barrier)
  // It has come for certain once it is forked.
  return Effect.flatMap(Effect.forkChild(Barrier.wait(barrier), { startImmediately: true }), (fiber) =>
    dice < 0.998
      ? Effect.andThen(walker.pause(8), walker.cut(fiber))
      : Effect.flatMap(Effect.timeoutOption(Fiber.join(fiber), 1 + walker.random.below(2)), (answer) => {
        if (Option.isSome(answer)) return Effect.succeed<number | undefined>(answer.value)
        walker.count(Count.timeouts)
        return walker.cut(fiber)
      }))
}

/** Called away, it may have passed all the same. */
const resolve = (walker: Walker, barrier: Barrier.SharedBarrier, breaks: number): Effect.Effect<void> =>
  Effect.flatMap(hasPassed(walker, barrier, breaks), (isThrough): Effect.Effect<void> => {
    if (isThrough) return Effect.sync(() => passes(walker, undefined))
    if (walker.field.get(Cell.isOver) !== 0) walker.field.add(Cell.unsure)
    return mend(walker, barrier, breaks)
  })

const once = (walker: Walker, barrier: Barrier.SharedBarrier): Effect.Effect<void> =>
  Effect.suspend(() => {
    const breaks = walker.field.get(Cell.breaks)
    if (breaks % 2 === 1) return Effect.yieldNow
    return Effect.matchEffect(comes(walker, barrier), {
      onSuccess: (place) =>
        place === undefined ? resolve(walker, barrier, breaks) : Effect.sync(() => passes(walker, place)),
      onFailure: () => {
        walker.count(Count.refused)
        return mend(walker, barrier, breaks)
      }
    })
  })

export const barrier: Scenario<Meeting> = {
  name: "Barrier",
  rules: { limit: 0, forgiven: 0 },
  make: Effect.map(
    Effect.forEach(
      Array.from({ length: mostWalkers }, (_, n) => Math.max(1, n)),
      (parties) => Barrier.makeShared(parties)
    ),
    (barriers) => ({ barriers })
  ),
  begin: (field, { barriers }, { target, walkers }) =>
    Effect.suspend(() => {
      field.clear()
      field.set(Cell.rounds, Math.ceil(target / walkers))
      field.set(Cell.parties, walkers)
      return Barrier.reset(barriers[walkers]!)
    }),
  fiber: (walker, meeting) => {
    const barrier = barrierOf(walker, meeting)
    return Effect.whileLoop({
      while: () => goesOn(walker),
      body: () => walker.operation(once(walker, barrier)),
      step: () => {}
    })
  },
  plain: (walker, meeting) => {
    const barrier = barrierOf(walker, meeting)
    while (goesOn(walker)) {
      walker.plain(() => {
        try {
          passes(walker, Barrier.waitSync(barrier))
        } catch (error) {
          if (!(error instanceof Barrier.BrokenBarrierError)) throw error
          walker.count(Count.refused)
          // Somebody else makes it whole.
          walker.spin()
        }
      })
    }
    return false
  },
  // Interrupted plain code would not know whether it has come.
  isPlainResumed: false,
  recover: () => Effect.void,
  // Whoever died waiting has broken it, which is seen within the first half second; else somebody is missing for ever.
  bereaved: (field, { barriers }) =>
    Effect.andThen(
      Effect.sleep(500),
      Effect.forever(Effect.suspend(() => {
        field.set(Cell.isOver, 1)
        return Effect.andThen(Barrier.abort(barriers[field.get(Cell.parties)]!), Effect.sleep(20))
      }))
    ),
  rest: (walker, { barriers }, { survivors, walkers }) =>
    Effect.gen(function*() {
      const { field } = walker
      const [passed, isOver, rounds] = [Cell.passed, Cell.isOver, Cell.rounds].map((cell) => field.get(cell)) as [
        number,
        number,
        number
      ]
      const passes = Array.from({ length: walkers }, (_, index) => field.get(Cell.passes + index))
      if (isOver === 0) {
        if (passes.some((n) => n !== rounds)) {
          walker.fail(`the walkers passed ${passes.join(", ")} times in ${rounds} rounds`)
        }
        const places = Array.from({ length: walkers }, (_, place) => field.get(Cell.places + place))
        const all = places.reduce((sum, n) => sum + n, field.get(Cell.placeless))
        if (places.some((n) => n > rounds) || all !== rounds * walkers) {
          walker.fail("the places were not each taken once")
        }
      } else {
        const behind = passes.slice(0, survivors).filter((n) => n === passed - 1).length
        if (passes.some((n) => n !== passed && n !== passed - 1) || behind > field.get(Cell.unsure)) {
          walker.fail(`the walkers passed ${passes.join(", ")} times, of whom the first ${survivors} have lived`)
        }
      }
      const barrier = barriers[walkers]!
      yield* Barrier.reset(barrier)
      const waiting = yield* Barrier.waiting(barrier)
      if (waiting !== 0) walker.fail(`${waiting} wait when all have ended`)
    }),
  shared: ({ barriers }, field) => [barriers[field.get(Cell.parties)]!]
}
