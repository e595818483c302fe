/** A small barrier, and what can be wrong with one. */
import { Effect, Exit } from "effect"
import type { Fiber } from "effect"
import { Barrier } from "effect-threading"
import { barrierCases } from "../contracts/barrier.ts"
import type { BarrierApi } from "../contracts/barrier.ts"
import type { Family } from "./mutant.ts"
import { Place } from "./place.ts"

const bugs = {
  noDraining: "a barrier without draining: a fast thread passes the next round while others still leave this one",
  neverBreaks: "a barrier that an interrupted waiter does not break",
  breaksLate: "a barrier that a waiter breaks who is interrupted after all have come",
  countsTheGone: "a barrier that still counts a waiter who was interrupted",
  actsLate: "a barrier whose action runs when the others have gone on already",
  oneTooFew: "a barrier that opens when the last but one has come"
}

type Bug = keyof typeof bugs
type Outcome = Effect.Effect<number, Barrier.BrokenBarrierError>

class Round {
  readonly line: Array<Place> = []
  outcome: ((index: number) => Outcome) | undefined
  isActing = false
}

class SimpleBarrier {
  round = new Round()
  isBroken = false
  /** How many have not yet left the round that opened last. */
  leaving = 0
  /** Who came while an action ran. */
  readonly entry: Array<Place> = []
  readonly parties: number
  readonly action: Effect.Effect<unknown, unknown>
  readonly bug: Bug | undefined

  constructor(parties: number, action: Effect.Effect<unknown, unknown>, bug: Bug | undefined) {
    this.parties = parties
    this.action = action
    this.bug = bug
  }

  readonly broken: Outcome = Effect.suspend(() =>
    Effect.fail(new Barrier.BrokenBarrierError({ barrier: "simple", parties: this.parties }))
  )

  turn(outcome: (index: number) => Outcome): void {
    const { round } = this
    round.outcome = outcome
    this.round = new Round()
    this.leaving = round.line.length
    for (const place of [...round.line, ...this.entry.splice(0)]) place.grant()
  }

  break(): void {
    this.isBroken = true
    this.turn(() => this.broken)
  }

  arrive(fiber: Fiber.Fiber<unknown, unknown>, restore: typeof Effect.interruptible): Effect.Effect<number, unknown> {
    const { bug, round } = this
    if (this.isBroken) return this.broken
    if (bug === "noDraining" && this.leaving > 0) return Effect.succeed(this.parties - 1)
    if (round.isActing) {
      const place = new Place(fiber)
      const leaves = () => {
        if (this.entry.includes(place)) this.entry.splice(this.entry.indexOf(place), 1)
      }
      return Effect.andThen(
        restore(place.wait(() => this.entry.push(place), leaves)),
        Effect.suspend(() => this.arrive(fiber, restore))
      )
    }
    const last = this.parties - (bug === "oneTooFew" && this.parties > 2 ? 2 : 1)
    if (round.line.length < last) return this.sleep(new Place(fiber), restore)
    const pass = () => {
      this.turn((index) => Effect.succeed(index))
      return Effect.succeed(last)
    }
    if (bug === "actsLate") return Effect.tap(pass(), () => restore(this.action))
    round.isActing = true
    return Effect.flatMap(Effect.exit(restore(this.action)), (exit): Effect.Effect<number, unknown> => {
      round.isActing = false
      if (Exit.isSuccess(exit)) return round.outcome === undefined ? pass() : this.broken
      if (round.outcome === undefined) this.break()
      return Exit.failCause(exit.cause)
    })
  }

  private sleep(place: Place, restore: typeof Effect.interruptible): Effect.Effect<number, unknown> {
    const { bug, round } = this
    const index = round.line.push(place) - 1
    return Effect.flatMap(
      Effect.exit(restore(place.wait(() => {}, () => {}))),
      (exit): Effect.Effect<number, unknown> => {
        if (round.outcome !== undefined && bug === "noDraining") this.leaving--
        if (Exit.isSuccess(exit)) return round.outcome!(index)
        if (bug === "neverBreaks") round.line.splice(round.line.indexOf(place), 1)
        else if (bug === "breaksLate" || (round.outcome === undefined && bug !== "countsTheGone")) this.break()
        return Exit.failCause(exit.cause)
      }
    )
  }

  toJSON(): unknown {
    return { waiting: this.round.line.length }
  }
}

const impl = (self: Barrier.Barrier<unknown>): SimpleBarrier => self as unknown as SimpleBarrier

const simple = (bug: Bug | undefined): BarrierApi => {
  const api: Record<keyof BarrierApi, unknown> = {
    make: (parties: number, options?: { readonly action?: Effect.Effect<unknown, unknown> }) =>
      Effect.sync(() => new SimpleBarrier(parties, options?.action ?? Effect.void, bug)),
    wait: (self: Barrier.Barrier<unknown>) =>
      Effect.uninterruptibleMask((restore) => Effect.withFiber((fiber) => impl(self).arrive(fiber, restore))),
    reset: (self: Barrier.Barrier<unknown>) =>
      Effect.sync(() => {
        impl(self).isBroken = false
        impl(self).turn(() => impl(self).broken)
      }),
    abort: (self: Barrier.Barrier<unknown>) => Effect.sync(() => impl(self).break()),
    parties: (self: Barrier.Barrier<unknown>) => impl(self).parties,
    waiting: (self: Barrier.Barrier<unknown>) => Effect.sync(() => impl(self).round.line.length),
    isBroken: (self: Barrier.Barrier<unknown>) => Effect.sync(() => impl(self).isBroken)
  }
  return api as BarrierApi
}

export const barriers: Family<Bug> = { bugs, cases: (bug) => barrierCases(simple(bug)) }
