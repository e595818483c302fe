/**
 * A meeting point for a fixed number of fibers: each waits until all have come, then all go on, and the barrier is ready for
 * the next round. If one of them is interrupted or times out while it waits, the others would wait for ever; so the barrier
 * breaks, and everybody who waits or comes later fails with `BrokenBarrierError` until `reset`.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import type * as Types from "effect/Types"
import { checkParties, LocalBarrier } from "./internal/barrier.ts"
import type { BarrierState, BrokenBarrierError } from "./internal/barrier.ts"
import { provideCaptured } from "./internal/captured.ts"
import { shareBarrier, sharedBarrier } from "./internal/shared/sharedBarrier.ts"
import type { Shared } from "./internal/shared/sharedData.ts"

export {
  /** @since 0.1.0 */
  BrokenBarrierError,
  /** @since 0.1.0 */
  InvalidPartiesError
} from "./internal/barrier.ts"

export {
  /** @since 0.3.0 */
  CannotBlockError
} from "./internal/shared/blocking.ts"

const TypeId = "~effect-threading/Barrier"

/**
 * A barrier that the fibers of one OS thread share. `E` is what its action may fail with.
 *
 * @since 0.1.0
 * @category models
 */
export interface Barrier<out E = never> {
  readonly [TypeId]: { readonly _E: Types.Covariant<E> }
}

/**
 * A barrier that all OS threads of the process share: plain data, which crosses to a worker as a task's argument, or in one. It has
 * no action. An OS thread that dies while it waits breaks the barrier for its round; one that dies before it comes is not missed.
 *
 * @since 0.3.0
 * @category models
 */
export interface SharedBarrier extends Barrier {
  readonly [Shared]: "Barrier"
}

class BarrierImpl<out E> extends LocalBarrier<E> implements Barrier<E> {
  readonly [TypeId] = variance
}

const variance = { _E: (_: never) => _ }

const impl = <E>(self: Barrier<E>): BarrierState<E> => self instanceof BarrierImpl ? self : sharedBarrier(self)

/**
 * Creates a barrier for this many parties (1 or more). The `action`, if there is one, is run once a round by whoever came last,
 * before anybody goes on; if it fails, its runner fails with its error and the barrier breaks for the others. Its `name` (default
 * `Barrier-N`) is what dumps and reports call it.
 *
 * ```ts
 * import { Effect } from "effect"
 * import { Barrier } from "effect-threading"
 *
 * const program = Effect.gen(function*() {
 *   const barrier = yield* Barrier.make(3)
 *   const party = Barrier.wait(barrier)
 *   return yield* Effect.all([party, party, party], { concurrency: "unbounded" }) // [0, 1, 2]
 * })
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = <E = never, R = never>(
  parties: number,
  options?: { readonly name?: string | undefined; readonly action?: Effect.Effect<unknown, E, R> | undefined }
): Effect.Effect<Barrier<E>, never, R> =>
  Effect.map(Effect.context<R>(), (context) => {
    checkParties(parties)
    const action = options?.action
    return new BarrierImpl<E>(
      parties,
      action === undefined ? undefined : provideCaptured(action, context),
      options?.name
    )
  })

/**
 * Creates a barrier in shared memory for this many parties (1 or more): fibers, or synchronous code, of any OS threads. Its `name`
 * (default `SharedBarrier-N`) goes along with it.
 *
 * An OS thread that dies while it waits breaks the barrier for its round: within a second the others fail with `BrokenBarrierError`.
 *
 * ```ts
 * import { Effect } from "effect"
 * import { Barrier } from "effect-threading"
 *
 * const program = Effect.gen(function*() {
 *   const barrier = yield* Barrier.makeShared(2)
 *   // The other party may be in a worker, to which the barrier has gone as an argument.
 *   const party = Barrier.wait(barrier)
 *   return yield* Effect.all([party, party], { concurrency: "unbounded" }) // [0, 1]
 * })
 * ```
 *
 * @since 0.3.0
 * @category constructors
 */
export const makeShared = (
  parties: number,
  options?: { readonly name?: string | undefined }
): Effect.Effect<SharedBarrier> =>
  Effect.sync(() => {
    checkParties(parties)
    return shareBarrier(parties, options?.name) as unknown as SharedBarrier
  })

/**
 * Waits until all parties have come, and answers with the order of coming, 0 to `parties - 1`, so that one of them can be
 * chosen. Fails with `BrokenBarrierError` if the barrier is broken or breaks meanwhile. Interrupting or timing out a wait
 * breaks the barrier.
 *
 * @since 0.1.0
 * @category operations
 */
export const wait = <E>(self: Barrier<E>): Effect.Effect<number, BrokenBarrierError | E> =>
  Effect.uninterruptibleMask((restore) => impl(self).arrive(restore))

/**
 * Makes the barrier empty and whole again. Those that wait fail with `BrokenBarrierError`.
 *
 * @since 0.1.0
 * @category operations
 */
export const reset = <E>(self: Barrier<E>): Effect.Effect<void> => Effect.sync(() => impl(self).reset())

/**
 * Breaks the barrier: those that wait, and all that come until `reset`, fail with `BrokenBarrierError`. For a party that
 * cannot come, so that the others need not wait for ever.
 *
 * @since 0.1.0
 * @category operations
 */
export const abort = <E>(self: Barrier<E>): Effect.Effect<void> => Effect.sync(() => impl(self).abort())

/**
 * How many must come.
 *
 * @since 0.1.0
 * @category reading
 */
export const parties = <E>(self: Barrier<E>): number => impl(self).parties

/**
 * How many wait in this round now.
 *
 * @since 0.1.0
 * @category reading
 */
export const waiting = <E>(self: Barrier<E>): Effect.Effect<number> => Effect.sync(() => impl(self).waiting)

/**
 * Whether the barrier is broken.
 *
 * @since 0.1.0
 * @category reading
 */
export const isBroken = <E>(self: Barrier<E>): Effect.Effect<boolean> => Effect.sync(() => impl(self).isBroken)

/**
 * Waits, in synchronous code, until all parties have come to a shared barrier, for which it blocks this OS thread; answers with the
 * order of coming. The others have to come in other OS threads: the fibers of this one stand still.
 *
 * Throws `BrokenBarrierError`, and `CannotBlockError`, without having come, where it would have to wait on the main thread. While it
 * waits it is a `Task.checkpoint`, four times a second; if the task is to end, that breaks the barrier.
 *
 * @since 0.3.0
 * @category blocking
 */
export const waitSync = (self: SharedBarrier): number => sharedBarrier(self).waitBlocking()

/**
 * Breaks a shared barrier in synchronous code, which cannot come, so that the others need not wait for ever.
 *
 * @since 0.3.0
 * @category blocking
 */
export const abortSync = (self: SharedBarrier): void => sharedBarrier(self).abort()
