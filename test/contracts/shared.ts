/** The shared primitives in the forms that the contracts of the local ones are written for: used by one OS thread, or by several. */
import { Effect } from "effect"
import { Lock, RLock, Semaphore } from "effect-threading"
import { choose, onEach, viewOf } from "../support/osThreads.ts"
import type { LockLike } from "./lock.ts"

/** Who waits at any of these, as `waiters.ts` reads it. */
const printed = (copies: ReadonlyArray<object>): object => ({
  toJSON: () => {
    const each = copies.map((copy) => JSON.parse(JSON.stringify(viewOf(copy))) as { readonly waiting: number })
    return { ...each[0], waiting: each.reduce((sum, { waiting }) => sum + waiting, 0) }
  }
})

/** How the OS threads that use it have it. */
type Copies = <A extends object>(primitive: A) => ReadonlyArray<A>

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
