/**
 * Mutual exclusion: at most one fiber holds a lock. Waiters are served first come, first served, by direct hand-off, so
 * nobody overtakes and nobody starves. A lock is not re-entrant: acquiring it again from inside waits for ever, as
 * Python's does; use `RLock` where a holder calls code that locks again.
 *
 * Every wait can be interrupted and loses nothing: `withLock` and `acquireScoped` pair taking with releasing in one
 * uninterruptible step. A time-out is `Effect.timeout` around them.
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

const TypeId = "~effect-threading/Lock"

/**
 * A lock that the fibers of one OS thread share. `E` is what acquiring it may fail with: `never` for a local lock.
 *
 * @since 0.1.0
 * @category models
 */
export interface Lock<out E = never> {
  readonly [TypeId]: { readonly _E: Types.Covariant<E> }
}

/**
 * A lock that all OS threads of the process share: plain data, which crosses to a worker as a task's argument, or in one. Acquiring
 * it fails with `LockAbandonedError` once an OS thread has died while it held it.
 *
 * @since 0.3.0
 * @category models
 */
export interface SharedLock extends Lock<LockAbandonedError> {
  readonly [Shared]: "Lock"
}

class LockImpl extends Mutex implements Lock {
  readonly [TypeId] = variance

  constructor(name: string | undefined) {
    super("Lock", name)
  }
}

const variance = { _E: (_: never) => _ }

const impl = <E>(self: Lock<E>): Mutex => self instanceof LockImpl ? self : sharedMutex(self)

/**
 * Creates an unlocked lock. Its `name` (default `Lock-N`) is what dumps and reports call it.
 *
 * ```ts
 * import { Effect } from "effect"
 * import { Lock } from "effect-threading"
 *
 * const program = Effect.gen(function*() {
 *   const lock = yield* Lock.make()
 *   let total = 0 // would end as 1 without the lock
 *   const add = Lock.withLock(lock, Effect.gen(function*() {
 *     const seen = total
 *     yield* Effect.yieldNow
 *     total = seen + 1
 *   }))
 *   yield* Effect.all([add, add, add], { concurrency: "unbounded" })
 *   return total // 3
 * })
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (options?: { readonly name?: string | undefined }): Effect.Effect<Lock> =>
  Effect.sync(() => makeUnsafe(options))

/**
 * Creates an unlocked lock outside of an Effect, for a module's top level.
 *
 * @since 0.1.0
 * @category constructors
 */
export const makeUnsafe = (options?: { readonly name?: string | undefined }): Lock => new LockImpl(options?.name)

/**
 * Creates an unlocked lock in shared memory. Its `name` (default `SharedLock-N`) goes along with it.
 *
 * Among the fibers of one OS thread it is served first come, first served, as a local one is. Between OS threads whoever comes first
 * when it is released has it; one that has lost some three times has the next turn. Only the OS thread that acquired may release.
 *
 * ```ts
 * // accounts.ts
 * import { Effect } from "effect"
 * import { Lock } from "effect-threading"
 *
 * interface Accounts {
 *   readonly lock: Lock.SharedLock
 *   readonly cents: Int32Array
 * }
 *
 * export const move = ({ cents, lock }: Accounts, from: number, to: number): Effect.Effect<void, Lock.LockAbandonedError> =>
 *   Lock.withLock(lock, Effect.sync(() => {
 *     cents[from]!--
 *     cents[to]!++
 *   }))
 *
 * // Synchronous code blocks its OS thread.
 * export const total = ({ cents, lock }: Accounts): number => Lock.withLockSync(lock, () => cents[0]! + cents[1]!)
 * ```
 *
 * ```ts
 * import { Effect } from "effect"
 * import { Lock, Task } from "effect-threading"
 * import { NodeWorkerPool } from "effect-threading/node"
 *
 * const tasks = Task.module<typeof import("./accounts.ts")>(new URL("./accounts.ts", import.meta.url))
 *
 * const program = Effect.gen(function*() {
 *   const accounts = { lock: yield* Lock.makeShared(), cents: new Int32Array(new SharedArrayBuffer(8)) }
 *   const there = Effect.replicateEffect(tasks.move(accounts, 0, 1), 100, { concurrency: "unbounded" })
 *   const back = Effect.replicateEffect(tasks.move(accounts, 1, 0), 100, { concurrency: "unbounded" })
 *   yield* Effect.all([there, back], { concurrency: "unbounded" })
 *   return yield* tasks.total(accounts) // 0
 * }).pipe(Effect.provide(NodeWorkerPool.layer()))
 * ```
 *
 * @since 0.3.0
 * @category constructors
 */
export const makeShared = (
  options?: { readonly name?: string | undefined }
): Effect.Effect<SharedLock> => Effect.sync(() => shareMutex("Lock", options?.name) as unknown as SharedLock)

/**
 * Runs the effect while holding the lock; releases it on success, failure and interruption.
 *
 * @since 0.1.0
 * @category combinators
 */
export const withLock: {
  <E1>(self: Lock<E1>): <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<A, E | E1, R>
  <E1, A, E, R>(self: Lock<E1>, effect: Effect.Effect<A, E, R>): Effect.Effect<A, E | E1, R>
} = effectLast(
  <E1, A, E, R>(self: Lock<E1>, effect: Effect.Effect<A, E, R>) => withHold(impl(self).scoped, effect)
)

/**
 * Runs the effect while holding the lock if it is free now; answers none, without waiting, if it is not.
 *
 * @since 0.1.0
 * @category combinators
 */
export const withLockIfAvailable: {
  <E1>(self: Lock<E1>): <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<Option.Option<A>, E | E1, R>
  <E1, A, E, R>(self: Lock<E1>, effect: Effect.Effect<A, E, R>): Effect.Effect<Option.Option<A>, E | E1, R>
} = effectLast(
  <E1, A, E, R>(self: Lock<E1>, effect: Effect.Effect<A, E, R>) => withHoldIfAvailable(impl(self).scoped, effect)
)

/**
 * Acquires the lock and releases it when the scope closes. `Effect.timeoutOption(Lock.acquireScoped(lock), "1 second")` is
 * Python's `lock.acquire(timeout=1)`.
 *
 * ```ts
 * import { Effect } from "effect"
 * import { Lock } from "effect-threading"
 *
 * const program = Effect.gen(function*() {
 *   const lock = yield* Lock.make()
 *   const inTime = Effect.timeoutOption(Lock.acquireScoped(lock), "1 millis")
 *   const first = yield* inTime
 *   const second = yield* inTime
 *   return [first._tag, second._tag] // ["Some", "None"]
 * }).pipe(Effect.scoped)
 * ```
 *
 * @since 0.1.0
 * @category acquiring
 */
export const acquireScoped = <E>(self: Lock<E>): Effect.Effect<void, E, Scope.Scope> =>
  holdScoped(impl(self).untilClosed)

/**
 * Acquires the lock; whoever calls this releases it. Once this has returned the lock is the caller's, also if the caller is
 * interrupted right then: use it in `Effect.acquireUseRelease`, or better, use `withLock`.
 *
 * @since 0.1.0
 * @category acquiring
 */
export const acquire = <E>(self: Lock<E>): Effect.Effect<void, E> => hold(impl(self).raw)

/**
 * Acquires the lock if it is free now, and says whether it did. Never waits.
 *
 * @since 0.1.0
 * @category acquiring
 */
export const acquireIfAvailable = <E>(self: Lock<E>): Effect.Effect<boolean, E> => holdIfAvailable(impl(self).raw)

/**
 * Releases the lock, and hands it to the first waiter if there is one. As in Python any fiber may release, not only the one
 * that acquired. Dies with `LockNotHeldError` if the lock is not held.
 *
 * @since 0.1.0
 * @category acquiring
 */
export const release = <E>(self: Lock<E>): Effect.Effect<void> =>
  Effect.sync(() => impl(self).release(Fiber.getCurrent()!))

/**
 * Whether somebody holds the lock now.
 *
 * @since 0.1.0
 * @category reading
 */
export const isLocked = <E>(self: Lock<E>): Effect.Effect<boolean> => Effect.sync(() => impl(self).isHeld)

/**
 * Runs synchronous code while holding a shared lock, for which it blocks this OS thread: for code in a worker that is no Effect.
 *
 * Throws `LockAbandonedError`, which is a defect of the task if that is a plain function, and `CannotBlockError` where it would have
 * to wait on the main thread, or for another fiber of its own OS thread. While it waits it is a `Task.checkpoint`, four times a second.
 *
 * @since 0.3.0
 * @category blocking
 */
export const withLockSync = <A>(self: SharedLock, f: () => A): A => sharedMutex(self).withSync(f)

/**
 * Makes an abandoned lock sound again: runs the repair while holding it. If that fails the lock stays abandoned. Answers false,
 * without running it, if the lock is not abandoned, or another's repair has come first and succeeded.
 *
 * @since 0.3.0
 * @category recovering
 */
export const recover: {
  <A, E, R>(self: SharedLock, repair: Effect.Effect<A, E, R>): Effect.Effect<boolean, E, R>
  (self: SharedLock): <A, E, R>(repair: Effect.Effect<A, E, R>) => Effect.Effect<boolean, E, R>
} = effectLast(
  <A, E, R>(self: SharedLock, repair: Effect.Effect<A, E, R>) => Effect.suspend(() => sharedMutex(self).recover(repair))
)
