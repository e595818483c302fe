/** A small read-write lock, and what can be wrong with one. */
import { Context, Effect } from "effect"
import type { Fiber, Option } from "effect"
import { ReadWriteLock } from "effect-threading"
import { CurrentThread } from "../../src/internal/threadRecord.ts"
import type { ReadWriteLike } from "../contracts/readWriteForms.ts"
import { readWriteLockCases } from "../contracts/readWriteLock.ts"
import { readWriteReentryCases } from "../contracts/readWriteReentry.ts"
import type { Family } from "./mutant.ts"
import { Place } from "./place.ts"

const bugs = {
  together: "a read-write lock that lets readers in while somebody writes",
  alone: "a read-write lock that lets one reader in at a time",
  readersFirst: "a read-write lock whose new readers go before a writer that waits",
  starves: "a read-write lock whose writers go before readers for ever",
  oneByOne: "a read-write lock that lets one reader go on when a writer is done",
  overtakes: "a read-write lock that newcomers may take before those to whom it was promised",
  keepsWaiting: "a read-write lock whose readers wait on for a writer that has left",
  losesGrants: "a read-write lock that is lost with a waiter who is interrupted once it was granted",
  waitsForItself: "a read-write lock that is not read again inside of a hold while a writer waits",
  byFiber: "a read-write lock that is not read again inside of a time-out",
  outlived: "a read-write lock that is read through a hold that has ended",
  inherited: "a read-write lock that is read through the hold of the thread that started this one",
  freeTooEarly: "a read-write lock that is free when the first of two holds ends",
  upgrades: "a read-write lock that has who reads wait for itself to write"
}

type Bug = keyof typeof bugs | undefined
type Mode = "read" | "write"
type AnyFiber = Fiber.Fiber<unknown, unknown>

interface Hold {
  readonly of: SimpleReadWriteLock
  readonly mode: Mode
  readonly fiber: AnyFiber
  isLive: boolean
}

const Holds = Context.Reference<ReadonlyArray<Hold>>("test/ReadWriteHolds", { defaultValue: () => [] })

interface InLine {
  readonly place: Place
  readonly mode: Mode
}

class SimpleReadWriteLock {
  private readers = 0
  private writers = 0
  private overtaken = 0
  private line: ReadonlyArray<InLine> = []
  private readonly bug: Bug

  constructor(bug: Bug) {
    this.bug = bug
  }

  get like(): ReadWriteLike {
    return {
      primitive: this,
      withReadLock: (body) => this.around("read", body),
      withWriteLock: (body) => this.around("write", body),
      withReadLockIfAvailable: (body) => this.aroundIfFree("read", body),
      withWriteLockIfAvailable: (body) => this.aroundIfFree("write", body),
      acquireReadScoped: this.untilClosed("read"),
      acquireWriteScoped: this.untilClosed("write"),
      readers: Effect.sync(() => this.readers),
      isWriteLocked: Effect.sync(() => this.writers > 0)
    }
  }

  toJSON(): unknown {
    return { waiting: this.line.length }
  }

  /** The innermost hold of it that the fiber runs inside of. */
  private held(fiber: AnyFiber): Hold | undefined {
    return fiber.getRef(Holds).find((hold) =>
      hold.of === this
      && (hold.isLive || this.bug === "outlived")
      && (hold.fiber === fiber || this.bug !== "byFiber")
      && (hold.fiber.getRef(CurrentThread) === fiber.getRef(CurrentThread) || this.bug === "inherited")
    )
  }

  private isInLine(mode: Mode): boolean {
    return this.line.some((each) => each.mode === mode)
  }

  private start(mode: Mode): true {
    if (mode === "read") this.readers++
    else this.writers++
    return true
  }

  private attempt(mode: Mode, fiber: AnyFiber): boolean {
    const isAgain = mode === "read" && this.held(fiber) !== undefined
    if (isAgain && (this.bug !== "waitsForItself" || !this.isInLine("write"))) return this.start(mode)
    if (mode === "write") return this.writers + this.readers === 0 && this.start(mode)
    const isFree = (this.writers === 0 || this.bug === "together")
      && (this.readers === 0 || this.bug !== "alone")
      && (!this.isInLine("write") || this.bug === "readersFirst")
    return isFree && this.start(mode)
  }

  private serve(): void {
    if (this.writers > 0) return
    if (!this.isInLine("write") || this.overtaken >= (this.bug === "starves" ? Infinity : 4)) {
      this.overtaken = 0
      const readers = this.line.filter(({ mode }) => mode === "read")
      for (const each of this.bug === "oneByOne" ? readers.slice(0, 1) : readers) this.grant(each)
    }
    const writer = this.line.find(({ mode }) => mode === "write")
    if (writer === undefined || this.readers > 0) return
    if (this.isInLine("read")) this.overtaken++
    this.grant(writer)
  }

  private grant(each: InLine): void {
    this.line = this.line.filter((other) => other !== each)
    if (this.bug !== "overtakes") this.start(each.mode)
    each.place.grant()
  }

  private end(mode: Mode): void {
    if (mode === "write") this.writers--
    else this.readers = this.bug === "freeTooEarly" ? 0 : this.readers - 1
    this.serve()
  }

  private take(
    mode: Mode,
    fiber: AnyFiber,
    restore: <A>(effect: Effect.Effect<A>) => Effect.Effect<A>
  ): Effect.Effect<void> {
    if (this.attempt(mode, fiber)) return Effect.void
    const held = this.held(fiber)
    if (mode === "write" && held !== undefined && this.bug !== "upgrades") {
      return Effect.die(
        new ReadWriteLock.ReadWriteLockUpgradeError({
          operation: "withWriteLock",
          lock: "ReadWriteLock-1",
          held: held.mode,
          advice: ""
        })
      )
    }
    const place = new Place(fiber)
    const each = { place, mode }
    const enters = () => {
      this.line = [...this.line, each]
      this.serve()
    }
    const givesUp = () => {
      if (place.isGranted) return this.bug === "losesGrants" ? undefined : this.end(mode)
      this.line = this.line.filter((other) => other !== each)
      if (this.bug !== "keepsWaiting") this.serve()
    }
    const waits = restore(place.wait(enters, givesUp))
    return this.bug === "overtakes" ? Effect.andThen(waits, Effect.sync(() => this.start(mode))) : waits
  }

  private inside<A, E, R>(mode: Mode, fiber: AnyFiber, body: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> {
    const hold: Hold = { of: this, mode, fiber, isLive: true }
    return Effect.updateService(body, Holds, (holds) => [hold, ...holds]).pipe(
      Effect.onExit(() =>
        Effect.sync(() => {
          hold.isLive = false
          this.end(mode)
        })
      )
    )
  }

  private around<A, E, R>(mode: Mode, body: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> {
    return Effect.uninterruptibleMask((restore) =>
      Effect.withFiber((fiber) =>
        Effect.flatMap(this.take(mode, fiber, restore), () => this.inside(mode, fiber, restore(body)))
      )
    )
  }

  private aroundIfFree<A, E, R>(mode: Mode, body: Effect.Effect<A, E, R>): Effect.Effect<Option.Option<A>, E, R> {
    return Effect.uninterruptibleMask((restore) =>
      Effect.withFiber((fiber) =>
        this.attempt(mode, fiber) ? this.inside(mode, fiber, Effect.asSome(restore(body))) : Effect.succeedNone
      )
    )
  }

  private untilClosed(mode: Mode): ReadWriteLike["acquireReadScoped"] {
    return Effect.uninterruptibleMask((restore) =>
      Effect.withFiber((fiber) =>
        Effect.flatMap(
          this.take(mode, fiber, restore),
          () => Effect.addFinalizer(() => Effect.sync(() => this.end(mode)))
        )
      )
    )
  }
}

export const readWriteLocks: Family<keyof typeof bugs> = {
  bugs,
  cases: (bug) => {
    const make = Effect.sync(() => new SimpleReadWriteLock(bug).like)
    return [...readWriteLockCases(make), ...readWriteReentryCases(make)]
  }
}
