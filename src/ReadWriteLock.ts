/**
 * A lock for what is read more often than it is written: any number of readers hold it together, a writer holds it alone.
 *
 * Writers come first, among themselves in the order in which they came: once one waits, new readers wait behind it. When nobody
 * waits to write any more, all who wait to read go on together; they also do, before the next writer, once four writers in a row have
 * gone before them.
 *
 * Reading is re-entrant: inside a hold of the same lock, for reading or writing, a read goes on at once, also while a writer waits,
 * and also inside `Effect.timeout`, `Effect.race` or `Effect.all`. Writing is not: inside a hold it would wait for itself, and so
 * dies with `ReadWriteLockUpgradeError`. Inside a hold is whatever runs in the effect of `withReadLock` or `withWriteLock`, fibers that
 * are forked there included, but not threads that are started there. What a scope holds is not known to what runs there: don't
 * acquire again while it is open.
 *
 * @since 0.3.0
 */
import * as Effect from "effect/Effect"
import type * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import type * as Types from "effect/Types"
import { effectLast } from "./internal/effectLast.ts"
import { holdScoped, withHold, withHoldIfAvailable } from "./internal/holding.ts"
import { ReadWriteLockState } from "./internal/readWriteLock.ts"
import type { LockAbandonedError } from "./internal/shared/lockAbandoned.ts"
import type { Shared } from "./internal/shared/sharedData.ts"
import { sharedReadWriteLock, shareReadWriteLock } from "./internal/shared/sharedReadWriteLock.ts"

export {
  /** @since 0.3.0 */
  ReadWriteLockUpgradeError
} from "./internal/readWriteLock.ts"

export {
  /** @since 0.3.0 */
  CannotBlockError
} from "./internal/shared/blocking.ts"

export {
  /** @since 0.3.0 */
  LockAbandonedError
} from "./internal/shared/lockAbandoned.ts"

const TypeId = "~effect-threading/ReadWriteLock"

/**
 * A read-write lock that the fibers of one OS thread share. `E` is what acquiring it may fail with: `never` for a local one.
 *
 * @since 0.3.0
 * @category models
 */
export interface ReadWriteLock<out E = never> {
  readonly [TypeId]: { readonly _E: Types.Covariant<E> }
}

/**
 * A read-write lock that all OS threads of the process share: plain data, which crosses to a worker as a task's argument, or in one.
 * Acquiring it fails with `LockAbandonedError` once an OS thread has died while it wrote; one that dies while it reads just reads no
 * more.
 *
 * @since 0.3.0
 * @category models
 */
export interface SharedReadWriteLock extends ReadWriteLock<LockAbandonedError> {
  readonly [Shared]: "ReadWriteLock"
}

class ReadWriteLockImpl extends ReadWriteLockState implements ReadWriteLock {
  readonly [TypeId] = variance
}

const variance = { _E: (_: never) => _ }

const impl = <E>(self: ReadWriteLock<E>): ReadWriteLockState =>
  self instanceof ReadWriteLockImpl ? self : sharedReadWriteLock(self)

/**
 * Creates an unlocked read-write lock. Its `name` (default `ReadWriteLock-N`) is what dumps and reports call it.
 *
 * ```ts
 * import { Effect } from "effect"
 * import { ReadWriteLock } from "effect-threading"
 *
 * const program = Effect.gen(function*() {
 *   const lock = yield* ReadWriteLock.make()
 *   const prices = new Map([["tea", 2], ["cake", 3]])
 *   const total = Effect.sync(() => prices.get("tea")! + prices.get("cake")!)
 *   const raise = Effect.gen(function*() {
 *     prices.set("tea", 4)
 *     yield* Effect.yieldNow // nobody reads half of it
 *     prices.set("cake", 6)
 *   })
 *   const [before, , after] = yield* Effect.all([
 *     ReadWriteLock.withReadLock(lock, total),
 *     ReadWriteLock.withWriteLock(lock, raise),
 *     ReadWriteLock.withReadLock(lock, total)
 *   ], { concurrency: "unbounded" })
 *   return [before, after] // [5, 10]
 * })
 * ```
 *
 * @since 0.3.0
 * @category constructors
 */
export const make = (options?: { readonly name?: string | undefined }): Effect.Effect<ReadWriteLock> =>
  Effect.sync(() => makeUnsafe(options))

/**
 * Creates an unlocked read-write lock outside of an Effect, for a module's top level.
 *
 * @since 0.3.0
 * @category constructors
 */
export const makeUnsafe = (options?: { readonly name?: string | undefined }): ReadWriteLock =>
  new ReadWriteLockImpl(options?.name)

/**
 * Creates an unlocked read-write lock in shared memory. Its `name` (default `SharedReadWriteLock-N`) goes along with it.
 *
 * Between OS threads, too, writers come before readers, and readers have their turn. Of several that write the first in line is
 * woken first, but one that comes then may be quicker; not more than some times in a row.
 *
 * ```ts
 * import { Effect } from "effect"
 * import { ReadWriteLock } from "effect-threading"
 *
 * const program = Effect.gen(function*() {
 *   const lock = yield* ReadWriteLock.makeShared()
 *   const cells = new Int32Array(new SharedArrayBuffer(4))
 *   // In a worker, to which both have gone as arguments, this is the same.
 *   yield* ReadWriteLock.withWriteLock(lock, Effect.sync(() => cells[0]!++))
 *   return ReadWriteLock.withReadLockSync(lock, () => cells[0]) // 1
 * })
 * ```
 *
 * @since 0.3.0
 * @category constructors
 */
export const makeShared = (
  options?: { readonly name?: string | undefined }
): Effect.Effect<SharedReadWriteLock> =>
  Effect.sync(() => shareReadWriteLock(options?.name) as unknown as SharedReadWriteLock)

/**
 * Runs the effect while holding the lock for reading, together with others that read; releases it on success, failure and
 * interruption. Inside of another hold it goes on at once.
 *
 * ```ts
 * import { Effect } from "effect"
 * import { ReadWriteLock } from "effect-threading"
 *
 * const program = Effect.gen(function*() {
 *   const lock = yield* ReadWriteLock.make()
 *   const readers = ReadWriteLock.withReadLock(lock, ReadWriteLock.readers(lock))
 *   return yield* ReadWriteLock.withReadLock(lock, Effect.timeout(readers, "1 second")) // 2
 * })
 * ```
 *
 * @since 0.3.0
 * @category combinators
 */
export const withReadLock: {
  <E1>(self: ReadWriteLock<E1>): <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<A, E | E1, R>
  <E1, A, E, R>(self: ReadWriteLock<E1>, effect: Effect.Effect<A, E, R>): Effect.Effect<A, E | E1, R>
} = effectLast(
  <E1, A, E, R>(self: ReadWriteLock<E1>, effect: Effect.Effect<A, E, R>) => withHold(impl(self).read, effect)
)

/**
 * Runs the effect while holding the lock for writing, alone; releases it on success, failure and interruption. Where it would wait
 * for a hold that it runs inside of, it dies with `ReadWriteLockUpgradeError`.
 *
 * @since 0.3.0
 * @category combinators
 */
export const withWriteLock: {
  <E1>(self: ReadWriteLock<E1>): <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<A, E | E1, R>
  <E1, A, E, R>(self: ReadWriteLock<E1>, effect: Effect.Effect<A, E, R>): Effect.Effect<A, E | E1, R>
} = effectLast(
  <E1, A, E, R>(self: ReadWriteLock<E1>, effect: Effect.Effect<A, E, R>) => withHold(impl(self).write, effect)
)

/**
 * Runs the effect while holding the lock for reading if nobody writes or waits to write now; answers none, without waiting, if
 * somebody does.
 *
 * @since 0.3.0
 * @category combinators
 */
export const withReadLockIfAvailable: {
  <E1>(self: ReadWriteLock<E1>): <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<Option.Option<A>, E | E1, R>
  <E1, A, E, R>(self: ReadWriteLock<E1>, effect: Effect.Effect<A, E, R>): Effect.Effect<Option.Option<A>, E | E1, R>
} = effectLast(
  <E1, A, E, R>(self: ReadWriteLock<E1>, effect: Effect.Effect<A, E, R>) => withHoldIfAvailable(impl(self).read, effect)
)

/**
 * Runs the effect while holding the lock for writing if nobody reads or writes now; answers none, without waiting, if somebody does,
 * also if that is the caller.
 *
 * @since 0.3.0
 * @category combinators
 */
export const withWriteLockIfAvailable: {
  <E1>(self: ReadWriteLock<E1>): <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<Option.Option<A>, E | E1, R>
  <E1, A, E, R>(self: ReadWriteLock<E1>, effect: Effect.Effect<A, E, R>): Effect.Effect<Option.Option<A>, E | E1, R>
} = effectLast(
  <E1, A, E, R>(self: ReadWriteLock<E1>, effect: Effect.Effect<A, E, R>) =>
    withHoldIfAvailable(impl(self).write, effect)
)

/**
 * Acquires the lock for reading and releases it when the scope closes. What runs in the scope is not inside of a hold: reading once
 * more may wait for a writer who waits for this.
 *
 * @since 0.3.0
 * @category acquiring
 */
export const acquireReadScoped = <E>(self: ReadWriteLock<E>): Effect.Effect<void, E, Scope.Scope> =>
  holdScoped(impl(self).readUntilClosed)

/**
 * Acquires the lock for writing and releases it when the scope closes. What runs in the scope is not inside of a hold: reading there
 * waits for ever.
 *
 * @since 0.3.0
 * @category acquiring
 */
export const acquireWriteScoped = <E>(self: ReadWriteLock<E>): Effect.Effect<void, E, Scope.Scope> =>
  holdScoped(impl(self).writeUntilClosed)

/**
 * How many hold the lock for reading now. Who reads inside of another hold counts once more.
 *
 * @since 0.3.0
 * @category reading
 */
export const readers = <E>(self: ReadWriteLock<E>): Effect.Effect<number> => Effect.sync(() => impl(self).readerCount)

/**
 * Whether somebody holds the lock for writing now.
 *
 * @since 0.3.0
 * @category reading
 */
export const isWriteLocked = <E>(self: ReadWriteLock<E>): Effect.Effect<boolean> =>
  Effect.sync(() => impl(self).isWriteLocked)

/**
 * Runs synchronous code while holding a shared lock for reading, for which it blocks this OS thread: for code in a worker that is no
 * Effect. Where this OS thread reads already, or the caller writes, it goes on at once.
 *
 * Throws `LockAbandonedError`, and `CannotBlockError` where it would have to wait on the main thread, or for another fiber of its own
 * OS thread. While it waits it is a `Task.checkpoint`, four times a second.
 *
 * @since 0.3.0
 * @category blocking
 */
export const withReadLockSync = <A>(self: SharedReadWriteLock, f: () => A): A =>
  sharedReadWriteLock(self).withSync("read", f)

/**
 * Runs synchronous code while holding a shared lock for writing, for which it blocks this OS thread. Throws what `withReadLockSync`
 * does, and `ReadWriteLockUpgradeError` inside of a hold.
 *
 * @since 0.3.0
 * @category blocking
 */
export const withWriteLockSync = <A>(self: SharedReadWriteLock, f: () => A): A =>
  sharedReadWriteLock(self).withSync("write", f)

/**
 * Makes an abandoned lock sound again: runs the repair while holding it for writing. If that fails the lock stays abandoned. Answers
 * false, without running it, if the lock is not abandoned, or another's repair has come first and succeeded.
 *
 * @since 0.3.0
 * @category recovering
 */
export const recover: {
  <A, E, R>(self: SharedReadWriteLock, repair: Effect.Effect<A, E, R>): Effect.Effect<boolean, E, R>
  (self: SharedReadWriteLock): <A, E, R>(repair: Effect.Effect<A, E, R>) => Effect.Effect<boolean, E, R>
} = effectLast(
  <A, E, R>(self: SharedReadWriteLock, repair: Effect.Effect<A, E, R>) =>
    Effect.suspend(() => sharedReadWriteLock(self).recover(repair))
)
