/** The shared primitives in the forms that the contracts of the local ones are written for: used by one OS thread, or by several. */
import { Effect } from "effect"
import { Barrier, Condition, Event, type Lock, type RLock, Semaphore } from "effect-threading"
import { choose, onEach, viewOf } from "../support/osThreads.ts"
import type { BarrierApi } from "./barrier.ts"
import type { ConditionApi } from "./condition.ts"
import type { EventApi } from "./event.ts"
import type { SemaphoreApi } from "./semaphore.ts"

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

type Any = (...args: ReadonlyArray<unknown>) => Effect.Effect<never>

/** The functions of a module, each with so many arguments, the primitive first, used through the copies: whole, or piped. */
const through = <A extends object>(
  module: object,
  each: (f: (copy: A) => Effect.Effect<unknown>) => (self: object) => Effect.Effect<unknown>,
  names: Readonly<Record<string, number>>
): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(names).map(([name, arity]) => {
      const f = (module as Record<string, Any>)[name]!
      const whole = (self: object, ...args: ReadonlyArray<unknown>) => each((copy) => f(copy, ...args))(self)
      return [
        name,
        (self: object, ...args: ReadonlyArray<unknown>) =>
          args.length + 1 < arity ? (body: unknown) => whole(self, ...args, body) : whole(self, ...args)
      ]
    })
  )

const locking = { withLock: 2, withLockIfAvailable: 2, acquireScoped: 1, acquire: 1, acquireIfAvailable: 1, release: 1 }

type AnyLock = Lock.SharedLock & RLock.SharedRLock

/** Locks in shared memory, with the functions of the local ones. */
export const sharedLocks = (api: typeof Lock | typeof RLock, on: Copies): typeof Lock & typeof RLock => {
  const { each, make } = spread<AnyLock>((copies) => printed(copies).toJSON())
  const isRe = "isOwned" in api
  const all = {
    ...through(api, each as never, { ...locking, isLocked: 1, ...(isRe ? { isOwned: 1, recursionCount: 1 } : {}) }),
    make: () => make(api.makeShared() as unknown as Effect.Effect<AnyLock>, on)
  }
  return all as unknown as typeof Lock & typeof RLock
}

/** Semaphores in shared memory, with the functions of the local ones. */
export const sharedSemaphores = (on: Copies): SemaphoreApi => {
  const { each, make } = spread<Semaphore.SharedSemaphore>((copies) => printed(copies).toJSON())
  const all = {
    ...through(Semaphore, each as never, {
      withPermit: 2,
      withPermits: 3,
      withPermitIfAvailable: 2,
      withPermitsIfAvailable: 3,
      acquireScoped: 1,
      acquire: 1,
      acquireIfAvailable: 1,
      release: 1,
      value: 1
    }),
    make: (permits: number) => make(Semaphore.makeShared(permits), on),
    makeBounded: (permits: number) => make(Semaphore.makeBoundedShared(permits), on)
  }
  return all as unknown as SemaphoreApi
}

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

/** Local conditions on such locks, of this OS thread. */
export const localConditions = {
  ...Condition,
  make: (lock: object) => Condition.make((lock as Spread<Lock.SharedLock>).copies[0])
} as unknown as ConditionApi & Pick<typeof Condition, "make">
