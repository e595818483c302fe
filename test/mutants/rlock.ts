/** A small re-entrant lock, and what can be wrong with one: each hold is a level, with a lock of its own for what re-enters it. */
import { Context, Effect } from "effect"
import type { Fiber } from "effect"
import type { RLock } from "effect-threading"
import { CurrentThread } from "../../src/internal/threadRecord.ts"
import { rlockCases } from "../contracts/rlock.ts"
import type { RLockApi } from "../contracts/rlock.ts"
import type { Family } from "./mutant.ts"
import { SimpleSemaphore } from "./semaphore.ts"

const bugs = {
  byFiber: "an RLock that belongs to a fiber, and waits for itself inside a time-out",
  freeTooEarly: "an RLock that is free when the inner of two holds ends",
  siblings: "an RLock that lets siblings that re-enter it in together",
  outlived: "an RLock that a fiber may re-enter through a hold that has ended",
  inherited: "an RLock that a thread holds because the thread that started it did"
}

type Bug = keyof typeof bugs | undefined
type AnyFiber = Fiber.Fiber<unknown, unknown>

export class Level {
  isLive = true
  /** Passes on a notification that this hold consumed, should it end by interruption. */
  renotify: (() => void) | undefined
  readonly inner = new SimpleSemaphore(1, 1, undefined)
  readonly of: SimpleRLock
  readonly fiber: AnyFiber
  readonly parent: Level | undefined

  constructor(of: SimpleRLock, fiber: AnyFiber, parent: Level | undefined) {
    this.of = of
    this.fiber = fiber
    this.parent = parent
  }
}

const Levels = Context.Reference<ReadonlyArray<Level>>("test/Levels", { defaultValue: () => [] })

export class SimpleRLock {
  readonly outer = new SimpleSemaphore(1, 1, undefined)
  readonly bug: Bug
  /** How often threads hold it raw. */
  readonly raw = new Map<unknown, number>()

  constructor(bug: Bug) {
    this.bug = bug
  }

  /** The holds of it that the fiber runs inside of, innermost first. */
  levels(fiber: AnyFiber): ReadonlyArray<Level> {
    const thread = fiber.getRef(CurrentThread)
    return fiber.getRef(Levels).filter((level) =>
      level.of === this
      && (level.isLive || this.bug === "outlived")
      && (level.fiber === fiber || this.bug !== "byFiber")
      && (level.fiber.getRef(CurrentThread) === thread || this.bug === "inherited")
    )
  }

  count(fiber: AnyFiber): number {
    return this.levels(fiber).length + (this.raw.get(fiber.getRef(CurrentThread)) ?? 0)
  }

  around<A, E, R>(body: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> {
    return Effect.withFiber((fiber) => {
      const [parent] = this.levels(fiber)
      const level = new Level(this, fiber, parent)
      const inside = Effect.onExit(
        Effect.updateService(body, Levels, (levels) => [level, ...levels]),
        (exit) =>
          Effect.sync(() => {
            level.isLive = false
            if (parent !== undefined && this.bug === "freeTooEarly") this.free()
            if (exit._tag === "Failure" && exit.cause.reasons.some(({ _tag }) => _tag === "Interrupt")) {
              level.renotify?.()
            }
          })
      )
      return parent === undefined || this.bug === "siblings"
        ? parent === undefined ? this.outer.around(1, inside) : inside
        : parent.inner.around(1, inside)
    })
  }

  private free(): void {
    if (this.outer.free === 0) this.outer.release(1)
  }

  acquire(fiber: AnyFiber): Effect.Effect<void> {
    const thread = fiber.getRef(CurrentThread)
    const take = this.raw.has(thread) ? Effect.void : this.outer.acquire(1)
    return Effect.andThen(take, Effect.sync(() => this.raw.set(thread, (this.raw.get(thread) ?? 0) + 1)))
  }

  release(fiber: AnyFiber): void {
    const thread = fiber.getRef(CurrentThread)
    const left = this.raw.get(thread)! - 1
    this.raw.set(thread, left)
    if (left > 0) return
    this.raw.delete(thread)
    this.outer.release(1)
  }

  toJSON(): unknown {
    return this.outer.toJSON()
  }
}

const impl = (self: RLock.RLock): SimpleRLock => self as unknown as SimpleRLock

const ask = <A>(f: (fiber: AnyFiber) => A) => Effect.withFiber((fiber) => Effect.succeed(f(fiber)))

export const simpleRLock = (bug: Bug): RLockApi => {
  const api: Record<keyof RLockApi, unknown> = {
    make: () => Effect.sync(() => new SimpleRLock(bug)),
    withLock: <A, E, R>(self: RLock.RLock, body: Effect.Effect<A, E, R>) => impl(self).around(body),
    acquire: (self: RLock.RLock) => Effect.withFiber((fiber) => impl(self).acquire(fiber)),
    release: (self: RLock.RLock) => ask((fiber) => impl(self).release(fiber)),
    recursionCount: (self: RLock.RLock) => ask((fiber) => impl(self).count(fiber)),
    isOwned: (self: RLock.RLock) => ask((fiber) => impl(self).count(fiber) > 0),
    isLocked: (self: RLock.RLock) => Effect.sync(() => impl(self).outer.free === 0)
  }
  return api as RLockApi
}

export const rlocks: Family<keyof typeof bugs> = { bugs, cases: (bug) => rlockCases(simpleRLock(bug)) }
