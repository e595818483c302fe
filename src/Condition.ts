/**
 * A condition variable: fibers that hold its lock wait for something to become true, giving the lock back while they
 * sleep, and whoever makes it true notifies them. `waitFor` is the form to use; `wait` is the raw one.
 *
 * A sleeper is woken only by a notification, and a notification is never lost: whoever is interrupted after it was notified
 * passes it on. `wait` returns with the lock held again as often as it was held before, also when it is interrupted.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import type * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import type * as Types from "effect/Types"
import { ConditionState, sleep, waitUntil } from "./internal/condition.ts"
import { effectLast } from "./internal/effectLast.ts"
import { hold, holdIfAvailable, holdScoped, withHold, withHoldIfAvailable } from "./internal/holding.ts"
import type { ThreadGroup } from "./internal/region.ts"
import type { LockAbandonedError } from "./internal/shared/lockAbandoned.ts"
import { shareCondition, sharedCondition } from "./internal/shared/sharedCondition.ts"
import type { Shared } from "./internal/shared/sharedData.ts"
import { mutexOf } from "./internal/shared/sharedMutex.ts"
import type * as Lock from "./Lock.ts"
import * as RLock from "./RLock.ts"

export {
  /** @since 0.1.0 */
  ConditionHoldSharedError
} from "./internal/condition.ts"

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

const TypeId = "~effect-threading/Condition"

/**
 * A condition that the fibers of one OS thread share. `E` is what acquiring its lock may fail with.
 *
 * @since 0.1.0
 * @category models
 */
export interface Condition<out E = never> {
  readonly [TypeId]: { readonly _E: Types.Covariant<E> }
}

/**
 * A condition that all OS threads of the process share: plain data, which crosses to a worker as a task's argument, or in one, and its
 * lock with it. Once an OS thread has died while it held the lock, those who sleep fail with `LockAbandonedError` as well.
 *
 * @since 0.3.0
 * @category models
 */
export interface SharedCondition extends Condition<LockAbandonedError> {
  readonly [Shared]: "Condition"
}

class ConditionImpl extends ConditionState implements Condition {
  readonly [TypeId] = variance
}

const variance = { _E: (_: never) => _ }

const impl = <E>(self: Condition<E>): ConditionState => self instanceof ConditionImpl ? self : sharedCondition(self)

/**
 * Creates a condition on this `Lock` or `RLock`; by default on an `RLock` of its own. Several conditions may share a lock.
 * Its `name` (default `Condition-N`) is what dumps and reports call it.
 *
 * ```ts
 * import { Effect } from "effect"
 * import { Condition, Thread, ThreadGroup } from "effect-threading"
 *
 * const program = Effect.gen(function*() {
 *   const notEmpty = yield* Condition.make()
 *   const items: Array<string> = []
 *   const taker = yield* Thread.fork(Condition.withLock(notEmpty, Effect.gen(function*() {
 *     yield* Condition.waitFor(notEmpty, () => items.length > 0)
 *     return items.shift()
 *   })))
 *   yield* Condition.withLock(notEmpty, Effect.gen(function*() {
 *     items.push("apple")
 *     yield* Condition.notify(notEmpty)
 *   }))
 *   return yield* Thread.join(taker) // "apple"
 * }).pipe(ThreadGroup.supervise)
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = <E = never>(
  lock?: Lock.Lock<E> | RLock.RLock<E>,
  options?: { readonly name?: string | undefined }
): Effect.Effect<Condition<E>> =>
  Effect.sync(() => new ConditionImpl(mutexOf(lock ?? RLock.makeUnsafe()), options?.name))

/**
 * Creates a condition in shared memory on this shared `Lock` or `RLock`; by default on a shared `RLock` of its own. Several conditions
 * may share a lock. Its `name` (default `SharedCondition-N`) goes along with it.
 *
 * The sleepers of one OS thread are woken longest sleeping first, and OS threads in turn. A notification whose sleeper's OS thread dies
 * before it has the lock again wakes another. If an OS thread dies while it holds the lock, all who sleep fail with `LockAbandonedError`
 * within a second, and do not hold the lock any more.
 *
 * ```ts
 * import { Effect } from "effect"
 * import { Condition, Thread, ThreadGroup } from "effect-threading"
 *
 * const program = Effect.gen(function*() {
 *   const notEmpty = yield* Condition.makeShared()
 *   const count = new Int32Array(new SharedArrayBuffer(4))
 *   const taker = yield* Thread.fork(Condition.withLock(notEmpty, Effect.gen(function*() {
 *     yield* Condition.waitFor(notEmpty, () => count[0]! > 0)
 *     return count[0]!--
 *   })))
 *   // In a worker, to which both have gone as arguments, this is the same.
 *   yield* Condition.withLock(notEmpty, Effect.gen(function*() {
 *     count[0]!++
 *     yield* Condition.notify(notEmpty)
 *   }))
 *   return yield* Thread.join(taker) // 1
 * }).pipe(ThreadGroup.supervise)
 * ```
 *
 * @since 0.3.0
 * @category constructors
 */
export const makeShared = (
  lock?: Lock.SharedLock | RLock.SharedRLock,
  options?: { readonly name?: string | undefined }
): Effect.Effect<SharedCondition> =>
  Effect.sync(() => shareCondition(lock, options?.name) as unknown as SharedCondition)

/**
 * Runs the effect while holding the condition's lock.
 *
 * @since 0.1.0
 * @category combinators
 */
export const withLock: {
  <E1>(self: Condition<E1>): <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<A, E | E1, R>
  <E1, A, E, R>(self: Condition<E1>, effect: Effect.Effect<A, E, R>): Effect.Effect<A, E | E1, R>
} = effectLast(
  <E1, A, E, R>(self: Condition<E1>, effect: Effect.Effect<A, E, R>) => withHold(impl(self).mutex.scoped, effect)
)

/**
 * Runs the effect while holding the condition's lock if it can be had now; answers none, without waiting, if not.
 *
 * @since 0.1.0
 * @category combinators
 */
export const withLockIfAvailable: {
  <E1>(self: Condition<E1>): <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<Option.Option<A>, E | E1, R>
  <E1, A, E, R>(self: Condition<E1>, effect: Effect.Effect<A, E, R>): Effect.Effect<Option.Option<A>, E | E1, R>
} = effectLast(
  <E1, A, E, R>(self: Condition<E1>, effect: Effect.Effect<A, E, R>) =>
    withHoldIfAvailable(impl(self).mutex.scoped, effect)
)

/**
 * Gives the lock back, sleeps until notified, and takes the lock again before it returns or fails. Dies with
 * `LockNotHeldError` without the lock. What was waited for may have changed again by then: wait in a loop, or use `waitFor`.
 *
 * @since 0.1.0
 * @category operations
 */
export const wait = <E>(self: Condition<E>): Effect.Effect<void, E> =>
  Effect.suspend(() => sleep(impl(self), { owesNotification: false }))

/**
 * Waits until the predicate, looked at with the lock held, is true. Returns at once, without giving the lock back, if it
 * already is. The predicate is looked at once at first and once after each notification.
 *
 * ```ts
 * import { Effect } from "effect"
 * import { Condition, Thread, ThreadGroup } from "effect-threading"
 *
 * const program = Effect.gen(function*() {
 *   const changed = yield* Condition.make()
 *   let level = 0
 *   const rise = Effect.sync(() => ++level).pipe(Effect.andThen(Condition.notifyAll(changed)), Condition.withLock(changed))
 *   const watcher = yield* Condition.waitFor(changed, () => level >= 3).pipe(Condition.withLock(changed), Thread.fork)
 *   yield* Effect.replicateEffect(rise, 3)
 *   yield* Thread.join(watcher)
 *   return level // 3
 * }).pipe(ThreadGroup.supervise)
 * ```
 *
 * @since 0.1.0
 * @category operations
 */
export const waitFor: {
  <E1>(self: Condition<E1>, predicate: () => boolean): Effect.Effect<void, E1>
  <E1, E2, R2>(self: Condition<E1>, predicate: Effect.Effect<boolean, E2, R2>): Effect.Effect<void, E1 | E2, R2>
} = <E1>(self: Condition<E1>, predicate: unknown) => waitUntil(impl(self), predicate as Effect.Effect<boolean, never>)

/**
 * Wakes `n` sleepers (default 1), longest sleeping first; each goes on once it has the lock again. Dies with
 * `LockNotHeldError` without the lock. With nobody asleep it does nothing: a notification is not kept.
 *
 * @since 0.1.0
 * @category operations
 */
export const notify = <E>(self: Condition<E>, n = 1): Effect.Effect<void> =>
  Effect.sync(() => {
    impl(self).held("notify")
    impl(self).notify(n)
  })

/**
 * Wakes everybody who sleeps now.
 *
 * @since 0.1.0
 * @category operations
 */
export const notifyAll = <E>(self: Condition<E>): Effect.Effect<void> =>
  Effect.sync(() => {
    impl(self).held("notifyAll")
    impl(self).notify(Infinity)
  })

/**
 * Acquires the condition's lock for the current thread and releases it when the scope closes.
 *
 * @since 0.1.0
 * @category acquiring
 */
export const acquireScoped = <E>(self: Condition<E>): Effect.Effect<void, E, Scope.Scope | ThreadGroup> =>
  holdScoped(impl(self).mutex.untilClosed)

/**
 * Acquires the condition's lock for the current thread, which must release it.
 *
 * @since 0.1.0
 * @category acquiring
 */
export const acquire = <E>(self: Condition<E>): Effect.Effect<void, E, ThreadGroup> => hold(impl(self).mutex.raw)

/**
 * Acquires the condition's lock for the current thread if it can be had now, and says whether it did.
 *
 * @since 0.1.0
 * @category acquiring
 */
export const acquireIfAvailable = <E>(self: Condition<E>): Effect.Effect<boolean, E, ThreadGroup> =>
  holdIfAvailable(impl(self).mutex.raw)

/**
 * Gives back the current thread's last `acquire` of the condition's lock. Dies with `LockNotHeldError` if there is none.
 *
 * @since 0.1.0
 * @category acquiring
 */
export const release = <E>(self: Condition<E>): Effect.Effect<void, never, ThreadGroup> =>
  Effect.sync(() => impl(self).mutex.release(Fiber.getCurrent()!))

/**
 * Whether anybody holds the condition's lock now.
 *
 * @since 0.1.0
 * @category reading
 */
export const isLocked = <E>(self: Condition<E>): Effect.Effect<boolean> => Effect.sync(() => impl(self).mutex.isHeld)

/**
 * Runs synchronous code while holding a shared condition's lock, for which it blocks this OS thread, as `Lock.withLockSync` does.
 *
 * ```ts
 * import { Effect } from "effect"
 * import { Condition } from "effect-threading"
 *
 * // A task, in whose OS thread `waitForSync` may wait.
 * const take = (notEmpty: Condition.SharedCondition, count: Int32Array): number =>
 *   Condition.withLockSync(notEmpty, () => {
 *     Condition.waitForSync(notEmpty, () => count[0]! > 0)
 *     return count[0]!--
 *   })
 *
 * const program = Effect.gen(function*() {
 *   const notEmpty = yield* Condition.makeShared()
 *   return take(notEmpty, new Int32Array([3])) // 3
 * })
 * ```
 *
 * @since 0.3.0
 * @category blocking
 */
export const withLockSync = <A>(self: SharedCondition, f: () => A): A => sharedCondition(self).lock.withSync(f)

/**
 * What `wait` is, for synchronous code inside `withLockSync`: gives the lock back, blocks this OS thread until notified, and takes the
 * lock again before it returns or throws.
 *
 * Throws `LockNotHeldError` without the lock, `LockAbandonedError` if its owner has died meanwhile, after which the lock is not held
 * any more, and `CannotBlockError` on the main thread, or where an effect holds the lock. While it waits it is a `Task.checkpoint`,
 * four times a second.
 *
 * @since 0.3.0
 * @category blocking
 */
export const waitSync = (self: SharedCondition): void => sharedCondition(self).waitSync()

/**
 * What `waitFor` is, for synchronous code inside `withLockSync`.
 *
 * @since 0.3.0
 * @category blocking
 */
export const waitForSync = (self: SharedCondition, predicate: () => boolean): void =>
  sharedCondition(self).waitForSync(predicate)

/**
 * What `notify` is, for synchronous code that holds the lock: wakes `n` sleepers (default 1). Throws `LockNotHeldError` without it.
 *
 * @since 0.3.0
 * @category blocking
 */
export const notifySync = (self: SharedCondition, n = 1): void => sharedCondition(self).notifySync(n, "notifySync")

/**
 * What `notifyAll` is, for synchronous code that holds the lock. Throws `LockNotHeldError` without it.
 *
 * @since 0.3.0
 * @category blocking
 */
export const notifyAllSync = (self: SharedCondition): void =>
  sharedCondition(self).notifySync(Infinity, "notifyAllSync")

/**
 * Makes the condition's abandoned lock sound again, as `Lock.recover` does, and then wakes everybody who still sleeps, since what they
 * wait for may be true now. Let the repair notify the lock's other conditions, if it has any.
 *
 * @since 0.3.0
 * @category recovering
 */
export const recover: {
  <A, E, R>(self: SharedCondition, repair: Effect.Effect<A, E, R>): Effect.Effect<boolean, E, R>
  (self: SharedCondition): <A, E, R>(repair: Effect.Effect<A, E, R>) => Effect.Effect<boolean, E, R>
} = effectLast(
  <A, E, R>(self: SharedCondition, repair: Effect.Effect<A, E, R>) =>
    Effect.suspend(() => sharedCondition(self).recover(repair))
)
