/**
 * Locks: a counter that is read and written in two steps, which without exclusion loses counts, beside an atomic one. One who dies
 * inside leaves them unequal, and its mark; whoever repairs that makes them equal.
 */
import * as Lock from "effect-threading/Lock"
import * as RLock from "effect-threading/RLock"
import * as Effect from "effect/Effect"
import { Count, own } from "../field.ts"
import type { Scenario } from "../scenario.ts"
import type { Walker } from "../walker.ts"

const Cell = { counter: own, done: own + 1 } as const

/** What whoever has the lock finds. */
const read = ({ field }: Walker, walker: Walker): number => {
  const before = field.cells[Cell.counter]!
  const done = field.get(Cell.done)
  if (before !== done) walker.fail(`the counter is ${before}, and was counted up ${done} times`)
  return before
}

const write = ({ field }: Walker, value: number): void => {
  field.cells[Cell.counter] = value
  field.add(Cell.done)
}

const counts = (walker: Walker): void =>
  walker.insideSync(1, () => {
    const before = read(walker, walker)
    walker.spin()
    write(walker, before + 1)
  })

const countsSlowly = (walker: Walker): Effect.Effect<true> =>
  Effect.suspend(() => {
    if (walker.random.chance(0.5)) return Effect.as(Effect.sync(() => counts(walker)), true)
    return walker.inside(
      1,
      Effect.suspend(() => {
        const before = read(walker, walker)
        return Effect.map(walker.pause(4), () => {
          write(walker, before + 1)
          return true as const
        })
      })
    )
  })

const repair = (walker: Walker): Effect.Effect<void> =>
  Effect.andThen(
    walker.pause(3),
    Effect.sync(() => {
      walker.field.bury(Infinity)
      walker.field.cells[Cell.counter] = walker.field.get(Cell.done)
      walker.count(Count.repairs)
    })
  )

/** Locks by what they are called. */
export interface Locks {
  readonly makeShared: () => Effect.Effect<Lock.SharedLock>
  readonly withLock: typeof Lock.withLock
  readonly withLockIfAvailable: typeof Lock.withLockIfAvailable
  readonly acquireScoped: typeof Lock.acquireScoped
  readonly acquire: typeof Lock.acquire
  readonly release: typeof Lock.release
  readonly isLocked: typeof Lock.isLocked
  readonly withLockSync: typeof Lock.withLockSync
  readonly recover: typeof Lock.recover
}

export const lockScenario = (name: string, locks: Locks): Scenario<Lock.SharedLock> => {
  const recover = (walker: Walker, lock: Lock.SharedLock) => locks.recover(lock, repair(walker))

  /** A lock that can be entered again is. */
  const again = (walker: Walker, lock: Lock.SharedLock) =>
    name === "RLock" && walker.random.chance(0.3)
      ? locks.withLock(lock, Effect.andThen(walker.pause(2), countsSlowly(walker)))
      : countsSlowly(walker)

  const once = (walker: Walker, lock: Lock.SharedLock): Effect.Effect<true | undefined, unknown, never> => {
    const body = Effect.suspend(() => again(walker, lock))
    const forms = [
      () => locks.withLock(lock, body),
      () => locks.withLock(lock, body),
      () => walker.ifAvailable(locks.withLockIfAvailable(lock, body)),
      () => Effect.scoped(Effect.andThen(locks.acquireScoped(lock), body)),
      () =>
        Effect.uninterruptibleMask((restore) =>
          Effect.andThen(locks.acquire(lock), Effect.ensuring(restore(body), locks.release(lock)))
        ),
      () => Effect.as(walker.blocking(() => locks.withLockSync(lock, () => counts(walker))), undefined)
    ]
    return walker.random.pick(forms)()
  }

  return {
    name,
    rules: { limit: 1, forgiven: 0 },
    make: locks.makeShared(),
    fiber: (walker, lock) =>
      walker.operations(() => walker.answered(walker.disturbed(once(walker, lock)), recover(walker, lock))),
    plain: (walker, lock) =>
      walker.untilAbandoned(() => walker.begins(), () =>
        locks.withLockSync(lock, () => {
          if (name === "RLock" && walker.random.chance(0.3)) locks.withLockSync(lock, () => counts(walker))
          else counts(walker)
        })),
    isPlainResumed: true,
    recover,
    rest: (walker, lock) =>
      Effect.gen(function*() {
        // The dead may have it, of whom nobody has heard yet.
        yield* walker.answered(locks.withLock(lock, Effect.void), recover(walker, lock))
        yield* locks.withLock(lock, Effect.sync(() => counts(walker)))
        if (yield* locks.isLocked(lock)) walker.fail("it is locked when all have ended")
        if (walker.field.inside !== 0) walker.fail(`${walker.field.inside} inside when all have ended`)
      }),
    shared: (primitive) => [primitive]
  }
}

export const lock = lockScenario("Lock", Lock)
export const rlock = lockScenario("RLock", RLock as unknown as Locks)
