/** The shared primitives in the forms that the contracts of the local ones are written for: used by one OS thread, or by several. */
import { Effect } from "effect"
import { Barrier, Condition, Event, type Lock, type RLock, Semaphore } from "effect-threading"
import { choose, onEach, viewOf } from "../support/osThreads.ts"
import type { BarrierApi } from "./barrier.ts"
import type { ConditionApi } from "./condition.ts"
import type { EventApi } from "./event.ts"
import type { LockLike } from "./lock.ts"

/** Who waits at any of these, as `waiters.ts` reads it. */
export const printed = (copies: ReadonlyArray<object>): { readonly toJSON: () => unknown } => ({
  toJSON: () => {
    const each = copies.map((copy) => JSON.parse(JSON.stringify(viewOf(copy))) as { readonly waiting: number })
    return { ...each[0], waiting: each.reduce((sum, { waiting }) => sum + waiting, 0) }
  }
})

/** How the OS threads that use it have it. */
export type Copies = <A extends object>(primitive: A) => ReadonlyArray<A>

export const here: Copies = (primitive) => [primitive]

export const everywhere: Copies = onEach

type Locks =
  & Pick<typeof Lock, "withLock" | "withLockIfAvailable" | "acquireScoped" | "acquire" | "acquireIfAvailable">
  & {
    readonly release: typeof Lock.release
    readonly isLocked: typeof Lock.isLocked
    readonly makeShared: typeof Lock.makeShared
  }

/** A lock in shared memory. */
export const sharedLockOf = (api: typeof Lock | typeof RLock, on: Copies): Effect.Effect<LockLike> => {
  const locks = api as Locks
  return Effect.map(locks.makeShared(), (lock): LockLike => {
    const copies = on(lock)
    const use = <A, E, R>(f: (copy: Lock.SharedLock) => Effect.Effect<A, E, R>) =>
      Effect.flatMap(choose(copies), f) as Effect.Effect<A, Exclude<E, Lock.LockAbandonedError>, R>
    return {
      primitive: printed(copies),
      withLock: (effect) => use((copy) => locks.withLock(copy, effect)) as typeof effect,
      withLockIfAvailable: (effect) => use((copy) => locks.withLockIfAvailable(copy, effect)) as never,
      acquireScoped: use(locks.acquireScoped),
      acquire: use(locks.acquire),
      acquireIfAvailable: use(locks.acquireIfAvailable),
      release: use(locks.release),
      isFree: Effect.map(locks.isLocked(lock), (isLocked) => !isLocked)
    }
  })
}

/** A semaphore in shared memory with one permit. */
export const sharedSemaphoreOf = (
  make: Effect.Effect<Semaphore.SharedSemaphore>,
  on: Copies
): Effect.Effect<LockLike> =>
  Effect.map(make, (semaphore): LockLike => {
    const copies = on(semaphore)
    const use = <A, E, R>(f: (copy: Semaphore.SharedSemaphore) => Effect.Effect<A, E, R>) =>
      Effect.flatMap(choose(copies), f)
    return {
      primitive: printed(copies),
      withLock: (effect) => use((copy) => Semaphore.withPermit(copy, effect)),
      withLockIfAvailable: (effect) => use((copy) => Semaphore.withPermitIfAvailable(copy, effect)),
      acquireScoped: use(Semaphore.acquireScoped),
      acquire: use(Semaphore.acquire),
      acquireIfAvailable: use(Semaphore.acquireIfAvailable),
      release: use(Semaphore.release),
      isFree: Effect.map(Semaphore.value(semaphore), (free) => free > 0)
    }
  })

/** One that is used through its copies, as if it were local. */
class Spread<A extends object> {
  readonly copies: ReadonlyArray<A>
  readonly toJSON: () => unknown

  constructor(copies: ReadonlyArray<A>, toJSON: () => unknown) {
    this.copies = copies
    this.toJSON = toJSON
  }
}

const spread = <A extends object>(toJSON: (copies: ReadonlyArray<A>) => unknown) => ({
  make: (made: Effect.Effect<A>, on: Copies) =>
    Effect.map(made, (primitive) => {
      const copies = on(primitive)
      return new Spread(copies, () => toJSON(copies)) as unknown as A
    }),
  each: <B, E>(f: (copy: A) => Effect.Effect<B, E>) => (self: object) =>
    Effect.flatMap(choose((self as Spread<A>).copies), f)
})

/** Events in shared memory, with the functions of the local ones. */
export const sharedEvents = (on: Copies): EventApi => {
  const { each, make } = spread<Event.SharedEvent>((copies) => printed(copies).toJSON())
  return {
    make: (options) => make(Event.makeShared(options), on),
    wait: each(Event.wait),
    set: each(Event.set),
    clear: each(Event.clear),
    isSet: each(Event.isSet)
  }
}

/** Barriers in shared memory, with the functions of the local ones, but without actions. */
export const sharedBarriers = (on: Copies): BarrierApi => {
  // How many wait is in the memory, the same for all.
  const { each, make } = spread<Barrier.SharedBarrier>(([copy]) => JSON.parse(JSON.stringify(viewOf(copy!))))
  return {
    make: ((parties: number) => make(Barrier.makeShared(parties), on)) as never,
    wait: each(Barrier.wait) as never,
    reset: each(Barrier.reset),
    abort: each(Barrier.abort),
    parties: (self) => Barrier.parties((self as unknown as Spread<Barrier.SharedBarrier>).copies[0]!),
    waiting: each(Barrier.waiting),
    isBroken: each(Barrier.isBroken)
  }
}

type AnyLock = Lock.SharedLock & RLock.SharedRLock

/** Locks in shared memory, with the functions of the local ones that conditions are tested with. */
export const sharedLocks = (api: typeof Lock | typeof RLock, on: Copies): typeof Lock & typeof RLock => {
  const locks = api as unknown as Record<
    "makeShared" | "withLock" | "acquireScoped" | "isLocked" | "isOwned" | "recursionCount",
    Any
  >
  const { each, make } = spread<AnyLock>((copies) => printed(copies).toJSON())
  const all: Record<string, unknown> = {
    make: () => make(locks.makeShared(), on),
    withLock: (self: object, body: Effect.Effect<unknown>) => each((copy) => locks.withLock(copy, body))(self),
    acquireScoped: each(locks.acquireScoped),
    isLocked: each(locks.isLocked),
    isOwned: each(locks.isOwned),
    recursionCount: each(locks.recursionCount)
  }
  return all as typeof Lock & typeof RLock
}

type Any = (...args: ReadonlyArray<unknown>) => Effect.Effect<never>

/** Conditions in shared memory on such locks, with the functions of the local ones. */
export const sharedConditions = (on: Copies): ConditionApi & Pick<typeof Condition, "make"> => {
  const sleeping = (copy: object) =>
    (JSON.parse(JSON.stringify(viewOf(copy))) as { readonly sleeping: number }).sleeping
  const { each, make } = spread<Condition.SharedCondition>((copies) => ({
    sleeping: copies.reduce((sum, copy) => sum + sleeping(copy), 0)
  }))
  const all: Record<keyof ConditionApi | "make", unknown> = {
    make: (lock: object) => make(Condition.makeShared((lock as Spread<AnyLock>).copies[0]), on),
    wait: each(Condition.wait),
    waitFor: (self: object, predicate: () => boolean) => each((copy) => Condition.waitFor(copy, predicate))(self),
    notify: (self: object, n?: number) => each((copy) => Condition.notify(copy, n))(self),
    notifyAll: each(Condition.notifyAll)
  }
  return all as ConditionApi & Pick<typeof Condition, "make">
}
