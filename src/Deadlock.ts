/**
 * Deadlocks, named at the moment when they form. Before a fiber waits for a lock, a thread or a future, it is looked at who
 * holds that, what they wait for in turn, and so on; if this comes back to the fiber itself, the whole cycle is reported, once.
 *
 * Seen are the locks that `withLock` holds, on `Lock`, `RLock` and `Condition`, and `withReadLock` and `withWriteLock`; joins, and
 * regions that wait for their threads; futures, also queued ones of an executor whose workers are all blocked, and room in its full
 * queue. What was acquired without these may be released by anybody, as a semaphore's permits, so a wait for that is never called a
 * deadlock.
 *
 * @since 0.2.0
 */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { warnOfLockOrder } from "./internal/lockOrder.ts"
import { noteSites } from "./internal/site.ts"

export {
  /** @since 0.2.0 */
  DeadlockError,
  /** @since 0.2.0 */
  Policy
} from "./internal/deadlockError.ts"

const whileAlive = (begin: () => () => void): Layer.Layer<never> =>
  Layer.effectDiscard(Effect.acquireRelease(Effect.sync(begin), (end) => Effect.sync(end)))

/**
 * Warns, while it is alive, of two locks that were ever taken in both orders, one inside the other: once a pair, with the threads
 * and the places of both, though nothing deadlocked yet. Neither a re-entry counts nor a form that never waits (`…IfAvailable`).
 *
 * ```ts
 * import { Effect, Logger } from "effect"
 * import { Deadlock, Lock } from "effect-threading"
 *
 * const program = Effect.gen(function*() {
 *   const warnings: Array<string> = []
 *   const a = yield* Lock.make({ name: "a" })
 *   const b = yield* Lock.make({ name: "b" })
 *   yield* Lock.withLock(a, Lock.withLock(b, Effect.void)).pipe(
 *     Effect.andThen(Lock.withLock(b, Lock.withLock(a, Effect.void))),
 *     Effect.andThen(Effect.repeat(Effect.yieldNow, { times: 3 })), // it is logged by a fiber of its own
 *     Effect.provide(Deadlock.layerLockOrder),
 *     Effect.provide(Logger.layer([Logger.make(({ message }) => void warnings.push(String(message)))]))
 *   )
 *   return warnings.map((text) => text.split("\n")[0]) // ["Lock order: a and b are taken in both orders, so they can deadlock."]
 * })
 * ```
 *
 * @since 0.2.0
 * @category layers
 */
export const layerLockOrder: Layer.Layer<never> = whileAlive(warnOfLockOrder)

/**
 * A development mode: while it is alive, what acquires a lock, `Thread.join` and `Future.result` note the source position where
 * they are called, and reports and dumps show that as the place. It takes a stack a call, so it is not for production.
 *
 * @since 0.2.0
 * @category layers
 */
export const layerSites: Layer.Layer<never> = whileAlive(noteSites)
