/** A small semaphore, and what can be wrong with one: with one permit it is a lock. */
import { Effect, Exit, Option, Scope } from "effect"
import { Semaphore } from "effect-threading"
import { lockCases } from "../contracts/lock.ts"
import { lockOfSemaphore, semaphoreCases } from "../contracts/semaphore.ts"
import type { SemaphoreApi } from "../contracts/semaphore.ts"
import type { Family } from "./mutant.ts"
import { Place } from "./place.ts"

const lockBugs = {
  barges: "a lock that claims to be fair and lets a newcomer barge in",
  newestFirst: "a lock that goes to who came last",
  lostAfterGrant: "a lock that is lost when its waiter is interrupted after the grant",
  twoSteps: "a lock that is taken in one step and its release registered in the next",
  keptOnInterruption: "a lock that an interruption does not release",
  looksFirst: "a lock that looks whether it is free, and is taken a step later",
  remembersTheGone: "a lock that goes to a waiter that has been interrupted"
}

const semaphoreBugs = {
  losesPermit: "a semaphore that loses the permit of a waiter interrupted after the grant",
  overtakes: "a semaphore that lets a small request overtake a large one",
  grows: "a bounded semaphore that grows",
  wakesOne: "a semaphore that wakes one waiter when permits for two come",
  forgetsTheNext: "a semaphore that leaves those asleep that an interrupted large request kept waiting"
}

type LockBug = keyof typeof lockBugs
export type Bug = LockBug | keyof typeof semaphoreBugs

export class SimpleSemaphore {
  readonly line: Array<Place> = []
  free: number
  readonly bound: number
  readonly bug: Bug | undefined

  constructor(permits: number, bound: number, bug: Bug | undefined) {
    this.free = permits
    this.bound = bound
    this.bug = bug
  }

  attempt(permits: number): boolean {
    if (permits > this.free || (this.line.length > 0 && this.bug !== "barges")) return false
    this.free -= permits
    return true
  }

  settle(): void {
    const { bug, line } = this
    for (;;) {
      const index = bug === "overtakes"
        ? line.findIndex(({ permits }) => permits <= this.free)
        : bug === "newestFirst"
        ? line.length - 1
        : 0
      const place = line[index]
      if (place === undefined || place.permits > this.free) return
      line.splice(index, 1)
      // A barging lock wakes without handing over: whoever is woken tries again.
      if (bug !== "barges") this.free -= place.permits
      place.grant()
      if (bug === "wakesOne" || bug === "barges") return
    }
  }

  release(permits: number): void {
    if (this.free + permits > this.bound && this.bug !== "grows") {
      throw new Semaphore.SemaphoreReleasedTooOftenError({ semaphore: "simple", permits, bound: this.bound })
    }
    this.free += permits
    this.settle()
  }

  private givesUp(place: Place): void {
    const { bug, line } = this
    if (place.isGranted) {
      if (bug === "barges") this.settle()
      else if (bug !== "lostAfterGrant" && bug !== "losesPermit") this.release(place.permits)
    } else if (bug !== "remembersTheGone") {
      line.splice(line.indexOf(place), 1)
      if (bug !== "forgetsTheNext") this.settle()
    }
  }

  /** Waits in line. What is free by now comes by a grant, too: taken at once, it could be lost before the wait is over. */
  private queueUp(permits: number): Effect.Effect<void> {
    return Effect.withFiber((fiber) => {
      const place = new Place(fiber, permits)
      const enters = () => {
        this.line.push(place)
        this.settle()
      }
      const granted = place.wait(enters, () => this.givesUp(place))
      return this.bug === "barges" ? Effect.andThen(granted, this.take(permits, (wait) => wait)) : granted
    })
  }

  /** Takes them now, or waits in line, interruptibly as far as `restore` allows. */
  take(permits: number, restore: <A>(effect: Effect.Effect<A>) => Effect.Effect<A>): Effect.Effect<void> {
    return Effect.suspend(() => {
      if (this.bug === "looksFirst" && permits <= this.free) {
        return Effect.andThen(Effect.void, Effect.sync(() => this.free -= permits))
      }
      return this.attempt(permits) ? Effect.void : restore(this.queueUp(permits))
    })
  }

  acquire(permits: number): Effect.Effect<void> {
    return Effect.uninterruptibleMask((restore) => this.take(permits, restore))
  }

  around<A, E, R>(permits: number, body: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> {
    const release = (exit: Exit.Exit<unknown, unknown>) =>
      Effect.sync(() => {
        if (this.bug !== "keptOnInterruption" || !Exit.hasInterrupts(exit)) this.release(permits)
      })
    if (this.bug === "twoSteps") return Effect.andThen(this.acquire(permits), Effect.onExit(body, release))
    return Effect.uninterruptibleMask((restore) =>
      Effect.andThen(this.take(permits, restore), Effect.onExit(restore(body), release))
    )
  }

  toJSON(): unknown {
    return { waiting: this.line.length }
  }
}

const impl = (self: Semaphore.Semaphore): SimpleSemaphore => self as unknown as SimpleSemaphore

const simple = (bug: Bug | undefined): SemaphoreApi => {
  const make = (permits: number, bound: number) =>
    Effect.sync(() => new SimpleSemaphore(permits, bound, bug) as unknown as Semaphore.Semaphore)
  const withPermits = <A, E, R>(self: Semaphore.Semaphore, permits: number, body: Effect.Effect<A, E, R>) =>
    Effect.suspend(() => impl(self).around(permits, body))
  const ifAvailable = <A, E, R>(self: Semaphore.Semaphore, permits: number, body: Effect.Effect<A, E, R>) =>
    Effect.uninterruptibleMask((restore) =>
      impl(self).attempt(permits)
        ? Effect.ensuring(restore(Effect.asSome(body)), Effect.sync(() => impl(self).release(permits)))
        : Effect.succeed(Option.none<A>())
    )
  // The contracts pass the effect in both positions; nothing else of the overloads is used.
  const api = {
    make: (permits = 1) => make(permits, Infinity),
    makeBounded: (permits = 1) => make(permits, permits),
    withPermits,
    withPermit: (self: Semaphore.Semaphore, body?: Effect.Effect<unknown>) =>
      body === undefined
        ? (body: Effect.Effect<unknown>) => withPermits(self, 1, body)
        : withPermits(self, 1, body),
    withPermitsIfAvailable: ifAvailable,
    withPermitIfAvailable: (self: Semaphore.Semaphore) => (body: Effect.Effect<unknown>) => ifAvailable(self, 1, body),
    acquire: (self: Semaphore.Semaphore, permits = 1) => impl(self).acquire(permits),
    acquireIfAvailable: (self: Semaphore.Semaphore, permits = 1) => Effect.sync(() => impl(self).attempt(permits)),
    acquireScoped: (self: Semaphore.Semaphore, permits = 1) =>
      Effect.uninterruptibleMask((restore) =>
        Effect.flatMap(Effect.scope, (scope) =>
          Effect.andThen(
            impl(self).take(permits, restore),
            Scope.addFinalizer(scope, Effect.sync(() => impl(self).release(permits)))
          ))
      ),
    release: (self: Semaphore.Semaphore, permits = 1) => Effect.sync(() => impl(self).release(permits)),
    value: (self: Semaphore.Semaphore) => Effect.sync(() => impl(self).free)
  }
  return api as unknown as SemaphoreApi
}

export const locks: Family<LockBug> = {
  bugs: lockBugs,
  cases: (bug) => lockCases(lockOfSemaphore(simple(bug)))
}

export const semaphores: Family<keyof typeof semaphoreBugs> = {
  bugs: semaphoreBugs,
  cases: (bug) => semaphoreCases(simple(bug))
}
