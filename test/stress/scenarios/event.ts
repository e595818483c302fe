/**
 * Events: two that let all walkers through in turn. Each goes through once in a round; the last closes the one behind it, and opens
 * the other. Those who may die only look on.
 */
import * as Event from "effect-threading/Event"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { own } from "../field.ts"
import type { Scenario } from "../scenario.ts"
import type { Walker } from "../walker.ts"

/** The round, how many rounds there are, how many have gone through in this one, for how many it is; and how often each has. */
const Cell = { round: own, rounds: own + 1, through: own + 2, walkers: own + 3, passes: own + 16 } as const

interface Gates {
  readonly even: Event.SharedEvent
  readonly odd: Event.SharedEvent
}

/** Goes through; the last one turns the gates, in plain code, so that nobody sees them half turned. */
const passes = (walker: Walker, gates: Gates, round: number): void => {
  const { field } = walker
  const now = field.get(Cell.round)
  if (now !== round) walker.fail(`walker ${walker.index} goes through in round ${round}, when it is round ${now}`)
  field.add(Cell.passes + walker.index)
  const through = field.add(Cell.through)
  if (through > field.get(Cell.walkers)) walker.fail(`${through} went through in round ${round}`)
  if (through < field.get(Cell.walkers)) return
  const [behind, before] = round % 2 === 0 ? [gates.even, gates.odd] : [gates.odd, gates.even]
  field.set(Cell.through, 0)
  Event.clearSync(behind)
  field.set(Cell.round, round + 1)
  Event.setSync(before)
}

const gateOf = (gates: Gates, round: number): Event.SharedEvent => round % 2 === 0 ? gates.even : gates.odd

const isOver = ({ field }: Walker): boolean => field.get(Cell.round) >= field.get(Cell.rounds)

export const event: Scenario<Gates> = {
  name: "Event",
  rules: { limit: 0, forgiven: 0 },
  make: Effect.all({ even: Event.makeShared(), odd: Event.makeShared() }),
  begin: (field, gates, { survivors, target }) =>
    Effect.gen(function*() {
      field.clear()
      field.set(Cell.rounds, Math.ceil(target / survivors))
      field.set(Cell.walkers, survivors)
      yield* Event.clear(gates.odd)
      yield* Event.set(gates.even)
    }),
  fiber: (walker, gates) => {
    const { field } = walker
    const mine = (): number => walker.isDoomed ? field.get(Cell.round) : field.get(Cell.passes + walker.index)
    return Effect.whileLoop({
      while: () => walker.isDoomed ? !isOver(walker) : mine() < field.get(Cell.rounds),
      body: () => {
        const round = mine()
        const waits = Effect.as(Event.wait(gateOf(gates, round)), true)
        return walker.operation(
          walker.isDoomed
            ? Effect.asVoid(Effect.timeoutOption(walker.disturbed(waits), 5))
            : Effect.map(walker.disturbed(waits), (isThrough) => {
              if (isThrough === true) passes(walker, gates, round)
            })
        )
      },
      step: () => {}
    })
  },
  plain: (walker, gates) => {
    const { field } = walker
    const mine = (): number => walker.isDoomed ? field.get(Cell.round) : field.get(Cell.passes + walker.index)
    while (walker.isDoomed ? !isOver(walker) : mine() < field.get(Cell.rounds)) {
      walker.plain(() => {
        const round = mine()
        const isShort = walker.isDoomed || walker.random.chance(0.3)
        const isSet = Event.waitSync(
          gateOf(gates, round),
          isShort ? walker.random.below(4) : Duration.infinity
        )
        if (isSet && !walker.isDoomed) passes(walker, gates, round)
      })
      walker.spin()
    }
    return false
  },
  isPlainResumed: true,
  recover: () => Effect.void,
  rest: (walker, gates, { survivors }) =>
    Effect.gen(function*() {
      const rounds = walker.field.get(Cell.rounds)
      for (let index = 0; index < survivors; index++) {
        const passes = walker.field.get(Cell.passes + index)
        if (passes !== rounds) walker.fail(`walker ${index} went through ${passes} times in ${rounds} rounds`)
      }
      const isOpen = yield* Effect.all([Event.isSet(gateOf(gates, rounds)), Event.isSet(gateOf(gates, rounds + 1))])
      if (!isOpen[0] || isOpen[1]) walker.fail("the gates are not as the last one has left them")
    }),
  shared: ({ even, odd }) => [even, odd]
}
