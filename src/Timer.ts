/**
 * A thread that runs its effect after a delay, unless it is cancelled before.
 *
 * @since 0.1.0
 */
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { dual } from "effect/Function"
import type * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import * as Event from "./Event.ts"
import type { ThreadGroup } from "./internal/region.ts"
import * as Thread from "./Thread.ts"

const TypeId = "~effect-threading/Timer"

/**
 * A started timer. Joined, it gives the result of its effect, or none if it was cancelled.
 *
 * @since 0.1.0
 * @category models
 */
export interface Timer<out A, out E = never> extends Thread.Thread<Option.Option<A>, E> {
  readonly [TypeId]: Countdown
}

/** Whether the timer may still be cancelled. */
interface Countdown {
  phase: "waiting" | "fired" | "cancelled"
  readonly cancelled: Event.Event
}

/**
 * Starts a thread that waits for `delay` and then runs the effect. Python's `Timer(interval, function).start()`.
 *
 * ```ts
 * import { Effect } from "effect"
 * import { Thread, ThreadGroup, Timer } from "effect-threading"
 *
 * const program = Effect.gen(function*() {
 *   const timer = yield* Timer.start(Effect.succeed("fired"), "10 millis")
 *   return yield* Thread.join(timer) // Option.some("fired")
 * }).pipe(ThreadGroup.supervise)
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const start: {
  (
    delay: Duration.Input,
    options?: Thread.Options
  ): <A, E, R>(
    effect: Effect.Effect<A, E, R>
  ) => Effect.Effect<Timer<A, E>, never, Exclude<R, Scope.Scope> | ThreadGroup>
  <A, E, R>(
    effect: Effect.Effect<A, E, R>,
    delay: Duration.Input,
    options?: Thread.Options
  ): Effect.Effect<Timer<A, E>, never, Exclude<R, Scope.Scope> | ThreadGroup>
} = dual(
  (args) => Effect.isEffect(args[0]),
  <A, E, R>(effect: Effect.Effect<A, E, R>, delay: Duration.Input, options?: Thread.Options) =>
    Effect.suspend(() => {
      const countdown: Countdown = { phase: "waiting", cancelled: Event.makeUnsafe() }
      const body = Effect.flatMap(
        Effect.timeoutOption(Event.wait(countdown.cancelled), delay),
        (): Effect.Effect<Option.Option<A>, E, R> => {
          if (countdown.phase === "cancelled") return Effect.succeedNone
          countdown.phase = "fired"
          return Effect.asSome(effect)
        }
      )
      return Effect.map(Thread.fork(body, options), (thread) => Object.assign(thread, { [TypeId]: countdown }))
    })
)

/**
 * Cancels the timer if it has not fired yet, and says whether it was in time. Its thread then ends with none.
 *
 * @since 0.1.0
 * @category operations
 */
export const cancel = <A, E>(self: Timer<A, E>): Effect.Effect<boolean> =>
  Effect.suspend(() => {
    const countdown = self[TypeId]
    if (countdown.phase !== "waiting") return Effect.succeed(false)
    countdown.phase = "cancelled"
    return Effect.as(Event.set(countdown.cancelled), true)
  })
