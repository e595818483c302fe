/**
 * A re-entrant lock: whoever runs inside a hold may acquire again, and the lock is free when the outermost hold ends.
 *
 * Ownership belongs to the hold, not to the fiber: `withLock` marks the context of its effect, so a re-entry inside
 * `Effect.timeout`, `Effect.race` or `Effect.all`, which run on other fibers, is a re-entry all the same. Siblings inside one
 * hold that both re-enter take turns; those that don't re-enter are not excluded from one another. A thread forked
 * inside a hold starts without it, and a fiber that outlives the hold has lost it.
 *
 * `acquireScoped`, `acquire` and `release` go by the current thread and count, as in Python: one fiber at a time per thread.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import type * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import type * as Types from "effect/Types"
import { effectLast } from "./internal/effectLast.ts"
import { hold, holdIfAvailable, holdScoped, withHold, withHoldIfAvailable } from "./internal/holding.ts"
import { Mutex } from "./internal/mutex.ts"
import type { ThreadGroup } from "./internal/region.ts"
import type { LockAbandonedError } from "./internal/shared/lockAbandoned.ts"
import type { Shared } from "./internal/shared/sharedData.ts"
import { sharedMutex, shareMutex } from "./internal/shared/sharedMutex.ts"

export {
  /** @since 0.1.0 */
  LockNotHeldError
} from "./internal/mutex.ts"

export {
  /** @since 0.3.0 */
  CannotBlockError
} from "./internal/shared/blocking.ts"

export {
  /** @since 0.3.0 */
  LockAbandonedError
} from "./internal/shared/lockAbandoned.ts"

const TypeId = "~effect-threading/RLock"

/**
 * A re-entrant lock that the fibers of one OS thread share. `E` is what acquiring it may fail with: `never` for a local one.
 *
 * @since 0.1.0
 * @category models
 */
export interface RLock<out E = never> {
  readonly [TypeId]: { readonly _E: Types.Covariant<E> }
}

/**
 * A re-entrant lock that all OS threads of the process share: plain data, which crosses to a worker as a task's argument, or in one. Acquiring
 * it fails with `LockAbandonedError` once an OS thread has died while it held it.
 *
 * @since 0.3.0
 * @category models
 */
export interface SharedRLock extends RLock<LockAbandonedError> {
  readonly [Shared]: "RLock"
}

class RLockImpl extends Mutex implements RLock {
  readonly [TypeId] = variance

  constructor(name: string | undefined) {
    super("RLock", name)
  }
}

const variance = { _E: (_: never) => _ }

const impl = <E>(self: RLock<E>): Mutex => self instanceof RLockImpl ? self : sharedMutex(self)

/**
 * Creates an unlocked re-entrant lock. Its `name` (default `RLock-N`) is what dumps and reports call it.
 *
 * ```ts
 * import { Effect } from "effect"
 * import { RLock } from "effect-threading"
 *
 * const program = Effect.gen(function*() {
 *   const lock = yield* RLock.make()
 *   const inner = RLock.withLock(lock, RLock.recursionCount(lock))
 *   return yield* RLock.withLock(lock, Effect.timeout(inner, "1 second")) // 2
 * })
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (options?: { readonly name?: string | undefined }): Effect.Effect<RLock> =>
  Effect.sync(() => makeUnsafe(options))

/**
 * Creates an unlocked re-entrant lock outside of an Effect, for a module's top level.
 *
 * @since 0.1.0
 * @category constructors
 */
export const makeUnsafe = (options?: { readonly name?: string | undefined }): RLock => new RLockImpl(options?.name)

/**
 * Creates an unlocked re-entrant lock in shared memory. Its `name` (default `SharedRLock-N`) goes along with it.
 *
 * Among the fibers of one OS thread it is served first come, first served, as a local one is. Between OS threads whoever comes first
 * when it is released has it; one that has lost some three times has the next turn. Only the OS thread that acquired may release.
 *
 * ```ts
 * import { Effect } from "effect"
 * import { RLock } from "effect-threading"
 *
 * const program = Effect.gen(function*() {
 *   const lock = yield* RLock.makeShared()
 *   const inner = RLock.withLock(lock, RLock.recursionCount(lock))
 *   return yield* RLock.withLock(lock, inner) // 2
 * })
 * ```
 *
 * @since 0.3.0
 * @category constructors
 */
export const makeShared = (
  options?: { readonly name?: string | undefined }
): Effect.Effect<SharedRLock> => Effect.sync(() => shareMutex("RLock", options?.name) as unknown as SharedRLock)

/**
 * Runs the effect while holding the lock, once more if it is held already; releases on success, failure and interruption.
 *
 * @since 0.1.0
 * @category combinators
 */
export const withLock: {
  <E1>(self: RLock<E1>): <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<A, E | E1, R>
  <E1, A, E, R>(self: RLock<E1>, effect: Effect.Effect<A, E, R>): Effect.Effect<A, E | E1, R>
} = effectLast(
  <E1, A, E, R>(self: RLock<E1>, effect: Effect.Effect<A, E, R>) => withHold(impl(self).scoped, effect)
)

/**
 * Runs the effect while holding the lock if it can be had now; answers none, without waiting, if another holds it.
 *
 * @since 0.1.0
 * @category combinators
 */
export const withLockIfAvailable: {
  <E1>(self: RLock<E1>): <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<Option.Option<A>, E | E1, R>
  <E1, A, E, R>(self: RLock<E1>, effect: Effect.Effect<A, E, R>): Effect.Effect<Option.Option<A>, E | E1, R>
} = effectLast(
  <E1, A, E, R>(self: RLock<E1>, effect: Effect.Effect<A, E, R>) => withHoldIfAvailable(impl(self).scoped, effect)
)

/**
 * Acquires the lock for the current thread and releases it when the scope closes.
 *
 * @since 0.1.0
 * @category acquiring
 */
export const acquireScoped = <E>(self: RLock<E>): Effect.Effect<void, E, Scope.Scope | ThreadGroup> =>
  holdScoped(impl(self).untilClosed)

/**
 * Acquires the lock for the current thread, which must release it as often as it acquired.
 *
 * @since 0.1.0
 * @category acquiring
 */
export const acquire = <E>(self: RLock<E>): Effect.Effect<void, E, ThreadGroup> => hold(impl(self).raw)

/**
 * Acquires the lock for the current thread if it can be had now, and says whether it did. Never waits.
 *
 * @since 0.1.0
 * @category acquiring
 */
export const acquireIfAvailable = <E>(self: RLock<E>): Effect.Effect<boolean, E, ThreadGroup> =>
  holdIfAvailable(impl(self).raw)

/**
 * Gives back the current thread's last `acquire`. Dies with `LockNotHeldError` if the current thread acquired none.
 *
 * @since 0.1.0
 * @category acquiring
 */
export const release = <E>(self: RLock<E>): Effect.Effect<void, never, ThreadGroup> =>
  Effect.sync(() => impl(self).release(Fiber.getCurrent()!))

/**
 * Whether the caller holds the lock: runs inside a hold of it, or on a thread that acquired it.
 *
 * @since 0.1.0
 * @category reading
 */
export const isOwned = <E>(self: RLock<E>): Effect.Effect<boolean> =>
  Effect.sync(() => impl(self).heldBy(Fiber.getCurrent()!) !== undefined)

/**
 * How often the caller holds the lock: 0 if it doesn't.
 *
 * @since 0.1.0
 * @category reading
 */
export const recursionCount = <E>(self: RLock<E>): Effect.Effect<number> =>
  Effect.sync(() => {
    let count = 0
    for (let held = impl(self).heldBy(Fiber.getCurrent()!); held !== undefined; held = held.parent) count++
    return count
  })

/**
 * Whether anybody holds the lock now.
 *
 * @since 0.1.0
 * @category reading
 */
export const isLocked = <E>(self: RLock<E>): Effect.Effect<boolean> => Effect.sync(() => impl(self).isHeld)

/**
 * Runs synchronous code while holding a shared re-entrant lock, for which it blocks this OS thread: for code in a worker that is no Effect. If the caller holds it already, it is held once more.
 *
 * Throws `LockAbandonedError`, which is a defect of the task if that is a plain function, and `CannotBlockError` where it would have
 * to wait on the main thread, or for another fiber of its own OS thread. While it waits it is a `Task.checkpoint`, four times a second.
 *
 * @since 0.3.0
 * @category blocking
 */
export const withLockSync = <A>(self: SharedRLock, f: () => A): A => sharedMutex(self).withSync(f)

/**
 * Makes an abandoned re-entrant lock sound again: runs the repair while holding it. If that fails the lock stays abandoned. Answers false,
 * without running it, if the lock is not abandoned, or another's repair has come first and succeeded.
 *
 * @since 0.3.0
 * @category recovering
 */
export const recover: {
  <A, E, R>(self: SharedRLock, repair: Effect.Effect<A, E, R>): Effect.Effect<boolean, E, R>
  (self: SharedRLock): <A, E, R>(repair: Effect.Effect<A, E, R>) => Effect.Effect<boolean, E, R>
} = effectLast(
  <A, E, R>(self: SharedRLock, repair: Effect.Effect<A, E, R>) =>
    Effect.suspend(() => sharedMutex(self).recover(repair))
)
