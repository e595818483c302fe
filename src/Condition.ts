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
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import type * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import type * as Types from "effect/Types"
import { effectLast } from "./internal/effectLast.ts"
import { Suspension } from "./internal/hold.ts"
import type { Hold } from "./internal/hold.ts"
import { hold, holdIfAvailable, holdScoped, withHold, withHoldIfAvailable } from "./internal/holding.ts"
import { LockNotHeldError } from "./internal/mutex.ts"
import type { Mutex } from "./internal/mutex.ts"
import { nextName } from "./internal/names.ts"
import { knowErrors } from "./internal/pool/codecKnown.ts"
import type { ThreadGroup } from "./internal/region.ts"
import { mutexOf } from "./internal/shared/sharedMutex.ts"
import type { Waitable } from "./internal/waiting.ts"
import { look, Waiter, WaitQueue } from "./internal/waitQueue.ts"
import type * as Lock from "./Lock.ts"
import * as RLock from "./RLock.ts"

export {
  /** @since 0.1.0 */
  LockNotHeldError
} from "./internal/mutex.ts"

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
 * The defect of a second fiber that waits on a condition through a hold that another fiber is already waiting through.
 *
 * @since 0.1.0
 * @category errors
 */
export class ConditionHoldSharedError extends Schema.TaggedError<ConditionHoldSharedError>(
  "effect-threading/ConditionHoldSharedError"
)("ConditionHoldSharedError", { condition: Schema.String, lock: Schema.String }) {
  override get message(): string {
    return `Condition.wait: another fiber already waits on ${this.condition} through the same hold of ${this.lock}. `
      + "A hold can be given back once at a time: let each fiber take the lock for itself."
  }
}

knowErrors(ConditionHoldSharedError)

/** A fiber in `wait`: asleep in the condition's queue, then in the lock's, then granted. */
class Sleeper extends Waiter<Hold | undefined> {
  isNotified = false
  through: Hold | undefined = undefined

  override get isBound(): boolean {
    return true
  }
}

class ConditionImpl implements Condition, Waitable {
  readonly [TypeId] = variance
  readonly kind = "Condition"
  private given: string | undefined
  readonly mutex: Mutex
  // Only notifications wake: nothing about a condition is ever free by itself.
  readonly queue = new WaitQueue<Hold | undefined>(this, () => {})

  constructor(mutex: Mutex, name: string | undefined) {
    this.mutex = mutex
    this.given = name || undefined
  }

  get name(): string {
    return this.given ??= nextName(this.kind)
  }

  held(operation: string): Hold {
    const hold = this.mutex.heldBy(Fiber.getCurrent()!)
    if (hold !== undefined) return hold
    throw new LockNotHeldError({
      operation: `Condition.${operation}`,
      lock: this.mutex.name,
      advice: "Call it inside Condition.withLock."
    })
  }

  notify(n: number): void {
    for (let sleeper = this.queue.first; sleeper !== undefined && n > 0; sleeper = this.queue.first, n--) {
      ;(sleeper as Sleeper).isNotified = true
      this.wake(sleeper as Sleeper)
    }
  }

  /** Moves a sleeper to the lock's queue; one that never gave the lock back, since its hold is not the deepest, goes on. */
  wake(sleeper: Sleeper): void {
    sleeper.through!.sleeper = undefined
    if (!(sleeper.request instanceof Suspension)) return this.queue.grant(sleeper, undefined)
    this.queue.remove(sleeper)
    const queue = this.mutex.queue as WaitQueue<Hold | undefined>
    queue.push(sleeper)
    queue.settle()
    if (!sleeper.isGranted) look(sleeper)
  }

  fallAsleep(sleeper: Sleeper): Hold {
    const hold = this.held("wait")
    for (let each: Hold | undefined = hold; each !== undefined; each = each.parent) {
      if (each.sleeper !== undefined) {
        throw new ConditionHoldSharedError({ condition: this.name, lock: this.mutex.name })
      }
    }
    hold.renotify = undefined
    hold.sleeper = sleeper
    sleeper.through = hold
    this.queue.push(sleeper)
    this.mutex.suspend(hold)
    return hold
  }

  toString(): string {
    return `${this.name}(${this.mutex}, ${this.queue.size} sleeping)`
  }

  toJSON(): unknown {
    return { _id: "Condition", name: this.name, lock: this.mutex.toJSON(), sleeping: this.queue.size }
  }

  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return this.toString()
  }
}

const variance = { _E: (_: never) => _ }

const impl = <E>(self: Condition<E>): ConditionImpl => self as unknown as ConditionImpl

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

/** Who has to pass a notification on that it consumed, if it comes to nothing. */
interface Debtor {
  owesNotification: boolean
}

const sleep = (self: ConditionImpl, debtor: Debtor): Effect.Effect<void> => {
  const sleeper = new Sleeper(Fiber.getCurrent()!, undefined)
  const granted = Effect.callback<unknown>((resume) => {
    sleeper.resume = () => resume(Effect.void)
    if (sleeper.queue === undefined) resume(Effect.void)
  })
  const through = Effect.uninterruptibleMask((restore) => {
    const hold = self.fallAsleep(sleeper)
    return Effect.flatMap(Effect.exit(restore(granted)), (exit) => {
      // Interrupted while asleep: nobody will notify it any more, so it queues for the lock by itself.
      if (sleeper.queue !== undefined && sleeper.queue === self.queue) self.wake(sleeper)
      return Effect.flatMap(sleeper.queue === undefined ? Effect.void : granted, () => {
        // What the lock may fail with is in the condition's type.
        if (sleeper.failure !== undefined) return sleeper.failure as Exit.Exit<never>
        if (Exit.isFailure(exit)) return exit
        debtor.owesNotification = true
        hold.renotify = () => self.notify(1)
        return Effect.void
      })
    })
  })
  // Outside of the mask, whose end may itself interrupt: only here is it known whether the wait as a whole succeeded.
  return Effect.onExitPrimitive(through, (exit) => {
    if (Exit.isFailure(exit) && sleeper.isNotified) {
      debtor.owesNotification = false
      sleeper.through!.renotify = undefined
      self.notify(1)
    }
    return undefined
  })
}

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

// One body for both forms: an effect's own E and R are told above.
const waitUntil = (
  condition: ConditionImpl,
  predicate: (() => boolean) | Effect.Effect<boolean>
): Effect.Effect<void> =>
  Effect.suspend(() => {
    condition.held("waitFor")
    const debtor: Debtor = { owesNotification: false }
    const look = Effect.isEffect(predicate) ? predicate : Effect.sync(predicate)
    const loop: Effect.Effect<void> = Effect.flatMap(look, (isTrue) => {
      debtor.owesNotification = false
      return isTrue ? Effect.void : Effect.flatMap(sleep(condition, debtor), () => loop)
    })
    return Effect.onExitPrimitive(loop, (exit) => {
      if (Exit.isFailure(exit) && debtor.owesNotification) condition.notify(1)
      return undefined
    })
  })

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
