/** A small event, and what can be wrong with one. */
import { Effect } from "effect"
import type { Event } from "effect-threading"
import { eventCases } from "../contracts/event.ts"
import type { EventApi } from "../contracts/event.ts"
import type { Family } from "./mutant.ts"
import { Place } from "./place.ts"

const bugs = {
  looksOnce: "an event that loses a waiter that comes while it is being set",
  looksAgain: "an event that forgets those who wait if it is cleared right after it was set",
  wakesOne: "an event that wakes only who waited longest",
  remembersTheGone: "an event that keeps interrupted waiters in its line"
}

class SimpleEvent {
  isSet = false
  readonly line: Array<Place> = []
  readonly bug: keyof typeof bugs | undefined

  constructor(bug: keyof typeof bugs | undefined) {
    this.bug = bug
  }

  get wait(): Effect.Effect<void> {
    return Effect.withFiber((fiber) => {
      if (this.isSet) return Effect.void
      const place = new Place(fiber)
      const enters = () => {
        if (this.isSet && this.bug !== "looksOnce") place.grant()
        else this.line.push(place)
      }
      const leaves = () => {
        if (this.line.includes(place) && this.bug !== "remembersTheGone") this.line.splice(this.line.indexOf(place), 1)
      }
      const woken = place.wait(enters, leaves)
      return this.bug === "looksAgain" ? Effect.andThen(woken, Effect.suspend(() => this.wait)) : woken
    })
  }

  set(): void {
    this.isSet = true
    for (const place of this.line.splice(0, this.bug === "wakesOne" ? 1 : Infinity)) place.grant()
  }

  toJSON(): unknown {
    return { waiting: this.line.length }
  }
}

const impl = (self: Event.Event): SimpleEvent => self as unknown as SimpleEvent

const simple = (bug: keyof typeof bugs | undefined): EventApi => ({
  make: () => Effect.sync(() => new SimpleEvent(bug) as unknown as Event.Event),
  wait: (self) => Effect.suspend(() => impl(self).wait),
  set: (self) => Effect.sync(() => impl(self).set()),
  clear: (self) =>
    Effect.sync(() => {
      impl(self).isSet = false
    }),
  isSet: (self) => Effect.sync(() => impl(self).isSet)
})

export const events: Family<keyof typeof bugs> = { bugs, cases: (bug) => eventCases(simple(bug)) }
