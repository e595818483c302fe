/** How a case conducts its threads so that it is right under every interleaving: what must come first is waited for or made so. */
import { Deferred, Effect, Scheduler } from "effect"
import type { Fiber } from "effect"
import { Thread } from "effect-threading"

/** Nobody comes between two steps of this fiber, unless it waits or yields: not even under exploration. */
export const withoutPreemption = <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.flatMap(Scheduler.Scheduler, (ambient) =>
    Effect.provideService(effect, Scheduler.Scheduler, {
      executionMode: ambient.executionMode,
      shouldYield: () => false,
      makeDispatcher: () => ambient.makeDispatcher()
    }))

/** Interrupts the thread, and goes on when the interruption is delivered, but its finalizers may still be running. */
export const interruptNow = (thread: Thread.Thread<unknown, unknown>): Effect.Effect<Fiber.Fiber<void>> =>
  withoutPreemption(Effect.forkChild(Thread.interrupt(thread), { startImmediately: true }))

/** A thread that waits for ever, with this finalizer; it has begun to wait, so that the finalizer runs. */
export const forkFinalizing = <R>(finalizer: Effect.Effect<unknown, never, R>, options?: Thread.Options) =>
  Effect.gen(function*() {
    const begun = yield* Deferred.make<void>()
    const waiting = Effect.andThen(Deferred.succeed(begun, undefined), Effect.never)
    const thread = yield* Thread.fork(Effect.ensuring(waiting, finalizer), options)
    yield* Deferred.await(begun)
    return thread
  })

/** Waits for all of them to end, however they do. */
export const awaitAll = (threads: ReadonlyArray<Thread.Thread<unknown, unknown>>): Effect.Effect<void> =>
  Effect.forEach(threads, (thread) => Thread.await(thread), { discard: true })

/** Lets others run a little: for showing that something does not happen, never for letting it happen. */
export const aWhile: Effect.Effect<void> = Effect.replicateEffect(Effect.yieldNow, 10, { discard: true })
