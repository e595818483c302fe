/** A small condition on a re-entrant lock, and what can be wrong with one. */
import { Effect, Exit } from "effect"
import type { Fiber } from "effect"
import { Condition } from "effect-threading"
import type { RLock } from "effect-threading"
import { conditionCases } from "../contracts/condition.ts"
import type { ConditionApi } from "../contracts/condition.ts"
import { heldRLock } from "../contracts/conditionHolds.ts"
import type { Family } from "./mutant.ts"
import { Place } from "./place.ts"
import { simpleRLock } from "./rlock.ts"
import type { SimpleRLock } from "./rlock.ts"

const bugs = {
  releasesFirst: "a condition that gives the lock back before it is in its queue, and misses a notification between",
  losesNotification: "a condition that loses the notification of a waiter interrupted at that moment",
  restoresOne: "a condition that restores an RLock at depth 1 instead of its depth",
  withoutLock: "a condition whose interrupted waiter returns without the lock",
  newestFirst: "a condition that wakes who fell asleep last",
  looksOnce: "a condition whose waitFor goes on after a notification without looking again",
  wakesLater: "a condition whose notifyAll also wakes those that come later",
  keepsNotification: "a condition that keeps a notification that nobody slept for",
  needsNoLock: "a condition that may be notified without its lock"
}

type Bug = keyof typeof bugs | undefined
type AnyFiber = Fiber.Fiber<unknown, unknown>

class SimpleCondition {
  readonly sleepers: Array<Place> = []
  readonly notified = new Set<Place>()
  kept = 0
  readonly lock: SimpleRLock
  readonly bug: Bug

  constructor(lock: SimpleRLock, bug: Bug) {
    this.lock = lock
    this.bug = bug
  }

  check(fiber: AnyFiber, operation: string): void {
    if (this.lock.levels(fiber).length > 0) return
    if (this.bug === "needsNoLock" && operation.startsWith("notify")) return
    throw new Condition.LockNotHeldError({ operation, lock: "simple", advice: "" })
  }

  notify(n: number): void {
    const { bug, lock, notified, sleepers } = this
    if (bug === "keepsNotification" && sleepers.length === 0) this.kept++
    if (bug === "wakesLater" && n === Infinity) this.kept = Infinity
    for (; n > 0 && sleepers.length > 0; n--) {
      const place = bug === "newestFirst" ? sleepers.pop()! : sleepers.shift()!
      notified.add(place)
      lock.outer.line.push(place)
    }
    lock.outer.settle()
  }

  wait(fiber: AnyFiber): Effect.Effect<void> {
    const { bug, lock, notified, sleepers } = this
    const place = new Place(fiber)
    const granted = place.wait(() => {}, () => {})
    const fallAsleep = () => {
      if (this.kept === 0) return sleepers.push(place)
      this.kept--
      notified.add(place)
      return lock.outer.line.push(place)
    }
    const giveBack = () => lock.outer.release(1)
    const levels = lock.levels(fiber)
    const through = Effect.uninterruptibleMask((restore) =>
      Effect.gen({ self: this }, function*() {
        levels[0]!.renotify = undefined
        if (bug === "releasesFirst") {
          yield* Effect.sync(giveBack)
          yield* Effect.sync(fallAsleep)
        } else {
          yield* Effect.sync(() => {
            fallAsleep()
            giveBack()
          })
        }
        const exit = yield* Effect.exit(restore(granted))
        if (Exit.isFailure(exit) && bug === "withoutLock") {
          for (const line of [sleepers, lock.outer.line]) if (line.includes(place)) line.splice(line.indexOf(place), 1)
          return yield* exit
        }
        if (sleepers.includes(place)) {
          sleepers.splice(sleepers.indexOf(place), 1)
          lock.outer.line.push(place)
          lock.outer.settle()
        }
        if (!place.isGranted) yield* granted
        if (bug === "restoresOne") { for (const level of levels.slice(0, -1)) level.isLive = false }
        yield* exit
        if (bug !== "losesNotification") levels[0]!.renotify = () => this.notify(1)
      })
    )
    return Effect.onExit(through, (exit) =>
      Effect.sync(() => {
        if (Exit.isSuccess(exit) || !notified.has(place) || bug === "losesNotification") return
        levels[0]!.renotify = undefined
        this.notify(1)
      }))
  }

  waitFor(fiber: AnyFiber, predicate: () => boolean): Effect.Effect<void> {
    return Effect.suspend(() =>
      predicate()
        ? Effect.void
        : Effect.andThen(this.wait(fiber), this.bug === "looksOnce" ? Effect.void : this.waitFor(fiber, predicate))
    )
  }

  toJSON(): unknown {
    return { sleeping: this.sleepers.length }
  }
}

const impl = (self: Condition.Condition): SimpleCondition => self as unknown as SimpleCondition

const simple = (bug: Bug): ConditionApi & Pick<typeof Condition, "make"> => {
  const inside = <A>(self: Condition.Condition, operation: string, f: (fiber: AnyFiber) => Effect.Effect<A>) =>
    Effect.withFiber((fiber) => {
      impl(self).check(fiber, operation)
      return f(fiber)
    })
  const api: Record<keyof ConditionApi | "make", unknown> = {
    make: (lock: RLock.RLock) => Effect.sync(() => new SimpleCondition(lock as unknown as SimpleRLock, bug)),
    wait: (self: Condition.Condition) => inside(self, "wait", (fiber) => impl(self).wait(fiber)),
    waitFor: (self: Condition.Condition, predicate: () => boolean) =>
      inside(self, "waitFor", (fiber) => impl(self).waitFor(fiber, predicate)),
    notify: (self: Condition.Condition, n = 1) => inside(self, "notify", () => Effect.sync(() => impl(self).notify(n))),
    notifyAll: (self: Condition.Condition) =>
      inside(self, "notifyAll", () => Effect.sync(() => impl(self).notify(Infinity)))
  }
  return api as ConditionApi & Pick<typeof Condition, "make">
}

export const conditions: Family<keyof typeof bugs> = {
  bugs,
  cases: (bug) => {
    const api = simple(bug)
    return conditionCases(api, heldRLock(api, simpleRLock(undefined), 2))
  }
}
