/**
 * A counting semaphore: permits that are taken and given back. Waiters are served strictly first come, first served, also
 * when a later one wants fewer permits, so a large request never starves. A bounded semaphore (Python's
 * `BoundedSemaphore`) dies when more is given back than was taken.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import type * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import { effectLast, effectLast3 } from "./internal/effectLast.ts"
import { hold, holdIfAvailable, holdScoped, withHold, withHoldIfAvailable } from "./internal/holding.ts"
import { check, SemaphoreState } from "./internal/semaphore.ts"
import type { Shared } from "./internal/shared/sharedData.ts"
import { sharedSemaphore, shareSemaphore } from "./internal/shared/sharedSemaphore.ts"

export {
  /** @since 0.1.0 */
  InvalidPermitsError,
  /** @since 0.1.0 */
  SemaphoreReleasedTooOftenError
} from "./internal/semaphore.ts"

export {
  /** @since 0.3.0 */
  CannotBlockError
} from "./internal/shared/blocking.ts"

const TypeId = "~effect-threading/Semaphore"

/**
 * A semaphore that the fibers of one OS thread share.
 *
 * @since 0.1.0
 * @category models
 */
export interface Semaphore {
  readonly [TypeId]: typeof TypeId
}

/**
 * A semaphore that all OS threads of the process share: plain data, which crosses to a worker as a task's argument, or in one. The
 * permits that an OS thread held by `withPermits` or `acquireScoped` when it died come back; those of `acquire` are nobody's.
 *
 * @since 0.3.0
 * @category models
 */
export interface SharedSemaphore extends Semaphore {
  readonly [Shared]: "Semaphore"
}

class SemaphoreImpl extends SemaphoreState implements Semaphore {
  readonly [TypeId] = TypeId
}

const impl = (self: Semaphore): SemaphoreState => self instanceof SemaphoreImpl ? self : sharedSemaphore(self)

/**
 * Creates a semaphore with this many free permits (default 1). It may grow: `release` adds permits that nobody took. Its
 * `name` (default `Semaphore-N`) is what dumps and reports call it.
 *
 * ```ts
 * import { Effect } from "effect"
 * import { Semaphore } from "effect-threading"
 *
 * const program = Effect.gen(function*() {
 *   const semaphore = yield* Semaphore.make(2)
 *   let inside = 0
 *   let most = 0
 *   const visit = Semaphore.withPermit(semaphore, Effect.gen(function*() {
 *     most = Math.max(most, ++inside)
 *     yield* Effect.yieldNow
 *     inside--
 *   }))
 *   yield* Effect.all([visit, visit, visit, visit], { concurrency: "unbounded" })
 *   return most // 2
 * })
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (
  permits = 1,
  options?: { readonly name?: string | undefined }
): Effect.Effect<Semaphore> => Effect.sync(() => makeUnsafe(permits, options))

/**
 * Creates a semaphore outside of an Effect, for a module's top level. Throws `InvalidPermitsError` on a negative number.
 *
 * @since 0.1.0
 * @category constructors
 */
export const makeUnsafe = (permits = 1, options?: { readonly name?: string | undefined }): Semaphore => {
  check("Semaphore.make", permits, 0)
  return new SemaphoreImpl(permits, Infinity, options?.name)
}

/**
 * Creates a semaphore that never has more free permits than it began with: giving back too many dies with
 * `SemaphoreReleasedTooOftenError` and changes nothing.
 *
 * ```ts
 * import { Cause, Effect } from "effect"
 * import { Semaphore } from "effect-threading"
 *
 * const program = Effect.gen(function*() {
 *   const semaphore = yield* Semaphore.makeBounded(1)
 *   const tooMany = yield* Semaphore.release(semaphore).pipe(Effect.sandbox, Effect.flip, Effect.map(Cause.squash))
 *   const isTooMany = tooMany instanceof Semaphore.SemaphoreReleasedTooOftenError
 *   return [isTooMany, yield* Semaphore.value(semaphore)] // [true, 1]
 * })
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const makeBounded = (
  permits = 1,
  options?: { readonly name?: string | undefined }
): Effect.Effect<Semaphore> =>
  Effect.sync(() => {
    check("Semaphore.makeBounded", permits, 0)
    return new SemaphoreImpl(permits, permits, options?.name)
  })

/**
 * Creates a semaphore in shared memory with this many free permits (default 1). Its `name` (default `SharedSemaphore-N`) goes along
 * with it.
 *
 * Among OS threads the first in line is woken first, but one that comes then may be quicker; not more than some times in a row.
 *
 * ```ts
 * import { Effect } from "effect"
 * import { Semaphore } from "effect-threading"
 *
 * const program = Effect.gen(function*() {
 *   const semaphore = yield* Semaphore.makeShared(3)
 *   // In a worker, to which it has gone as an argument, this is the same.
 *   return yield* Semaphore.withPermits(semaphore, 2, Semaphore.value(semaphore)) // 1
 * })
 * ```
 *
 * @since 0.3.0
 * @category constructors
 */
export const makeShared = (
  permits = 1,
  options?: { readonly name?: string | undefined }
): Effect.Effect<SharedSemaphore> =>
  Effect.sync(() => {
    check("Semaphore.makeShared", permits, 0)
    return shareSemaphore(permits, Infinity, options?.name) as unknown as SharedSemaphore
  })

/**
 * Creates a semaphore in shared memory that never has more free permits than it began with, as `makeBounded` does.
 *
 * @since 0.3.0
 * @category constructors
 */
export const makeBoundedShared = (
  permits = 1,
  options?: { readonly name?: string | undefined }
): Effect.Effect<SharedSemaphore> =>
  Effect.sync(() => {
    check("Semaphore.makeBoundedShared", permits, 0)
    return shareSemaphore(permits, permits, options?.name) as unknown as SharedSemaphore
  })

/**
 * Runs the effect with one permit; gives it back on success, failure and interruption.
 *
 * @since 0.1.0
 * @category combinators
 */
export const withPermit: {
  (self: Semaphore): <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>
  <A, E, R>(self: Semaphore, effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R>
} = effectLast(
  <A, E, R>(self: Semaphore, effect: Effect.Effect<A, E, R>) => withHold(impl(self).one, effect)
)

/**
 * Runs the effect with this many permits, taken all at once.
 *
 * @since 0.1.0
 * @category combinators
 */
export const withPermits: {
  (self: Semaphore, permits: number): <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>
  <A, E, R>(self: Semaphore, permits: number, effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R>
} = effectLast3(
  <A, E, R>(self: Semaphore, permits: number, effect: Effect.Effect<A, E, R>) =>
    Effect.suspend(() => withHold(impl(self).request(permits, true, "Semaphore.withPermits"), effect))
)

/**
 * Runs the effect with one permit if one is free now; answers none, without waiting, if not.
 *
 * @since 0.1.0
 * @category combinators
 */
export const withPermitIfAvailable: {
  (self: Semaphore): <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<Option.Option<A>, E, R>
  <A, E, R>(self: Semaphore, effect: Effect.Effect<A, E, R>): Effect.Effect<Option.Option<A>, E, R>
} = effectLast(
  <A, E, R>(self: Semaphore, effect: Effect.Effect<A, E, R>) => withHoldIfAvailable(impl(self).one, effect)
)

/**
 * Runs the effect with this many permits if they are free now; answers none, without waiting, if not.
 *
 * @since 0.1.0
 * @category combinators
 */
export const withPermitsIfAvailable: {
  (self: Semaphore, permits: number): <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<Option.Option<A>, E, R>
  <A, E, R>(self: Semaphore, permits: number, effect: Effect.Effect<A, E, R>): Effect.Effect<Option.Option<A>, E, R>
} = effectLast3(
  <A, E, R>(self: Semaphore, permits: number, effect: Effect.Effect<A, E, R>) =>
    Effect.suspend(() =>
      withHoldIfAvailable(impl(self).request(permits, true, "Semaphore.withPermitsIfAvailable"), effect)
    )
)

/**
 * Acquires permits (default 1) and gives them back when the scope closes.
 *
 * @since 0.1.0
 * @category acquiring
 */
export const acquireScoped = (self: Semaphore, permits = 1): Effect.Effect<void, never, Scope.Scope> =>
  Effect.suspend(() => holdScoped(impl(self).request(permits, true, "Semaphore.acquireScoped")))

/**
 * Acquires permits (default 1), all at once; whoever calls this releases them. Once this has returned they are the caller's,
 * also if the caller is interrupted right then: use it in `Effect.acquireUseRelease`, or better, use `withPermits`.
 *
 * @since 0.1.0
 * @category acquiring
 */
export const acquire = (self: Semaphore, permits = 1): Effect.Effect<void> =>
  Effect.suspend(() => hold(impl(self).request(permits, false, "Semaphore.acquire")))

/**
 * Acquires permits (default 1) if they are free now and nobody waits, and says whether it did. Never waits.
 *
 * @since 0.1.0
 * @category acquiring
 */
export const acquireIfAvailable = (self: Semaphore, permits = 1): Effect.Effect<boolean> =>
  Effect.suspend(() => holdIfAvailable(impl(self).request(permits, false, "Semaphore.acquireIfAvailable")))

/**
 * Gives back permits (default 1), waking as many waiters as they serve. All or nothing: on a bounded semaphore a release of
 * too many dies with `SemaphoreReleasedTooOftenError` and gives back none.
 *
 * @since 0.1.0
 * @category acquiring
 */
export const release = (self: Semaphore, permits = 1): Effect.Effect<void> =>
  Effect.sync(() => {
    check("Semaphore.release", permits, 1)
    impl(self).giveBack(permits, false)
  })

/**
 * How many permits are free now.
 *
 * @since 0.1.0
 * @category reading
 */
export const value = (self: Semaphore): Effect.Effect<number> => Effect.sync(() => impl(self).value)

/**
 * Acquires permits (default 1) of a shared semaphore in synchronous code, for which it blocks this OS thread; whoever calls this
 * releases them with `releaseSync`. They are the process's, not this OS thread's: if that dies they are gone.
 *
 * Throws `CannotBlockError` where it would have to wait on the main thread. While it waits it is a `Task.checkpoint`, four times a
 * second.
 *
 * @since 0.3.0
 * @category blocking
 */
export const acquireSync = (self: SharedSemaphore, permits = 1): void => {
  const semaphore = sharedSemaphore(self)
  semaphore.takeBlocking(semaphore.request(permits, false, "Semaphore.acquireSync"), "Semaphore.acquireSync")
}

/**
 * Gives back permits (default 1) in synchronous code.
 *
 * @since 0.3.0
 * @category blocking
 */
export const releaseSync = (self: SharedSemaphore, permits = 1): void => {
  check("Semaphore.releaseSync", permits, 1)
  sharedSemaphore(self).giveBack(permits, false)
}

/**
 * Runs synchronous code with one permit of a shared semaphore, as `withPermitsSync` does with several.
 *
 * @since 0.3.0
 * @category blocking
 */
export const withPermitSync = <A>(self: SharedSemaphore, f: () => A): A => withPermitsSync(self, 1, f)

/**
 * Runs synchronous code with this many permits of a shared semaphore, for which it blocks this OS thread as `acquireSync` does. If
 * the OS thread dies meanwhile they come back.
 *
 * @since 0.3.0
 * @category blocking
 */
export const withPermitsSync = <A>(self: SharedSemaphore, permits: number, f: () => A): A => {
  const semaphore = sharedSemaphore(self)
  return semaphore.withSync(semaphore.request(permits, true, "Semaphore.withPermitsSync"), f)
}
