/**
 * The forms in which a lock-like thing is used, derived once from what it can do: try, queue, end. The fast path stands
 * outside `restore`, so that nothing can come between taking and registering the release.
 */
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Scope from "effect/Scope"
import { observer } from "./observer.ts"
import { sited, wanted } from "./site.ts"
import type { Waitable } from "./waiting.ts"
import { lineUp, Waiter } from "./waitQueue.ts"
import type { WaitQueue } from "./waitQueue.ts"

/** A way to acquire something: a lock, a lock by thread, `n` permits. */
export interface Source<H> {
  /** Takes it now, if that is possible without overtaking a waiter. */
  attempt(fiber: Fiber.Fiber<unknown, unknown>): H | undefined
  /** The queue to wait in, and what to write on the waiter there. */
  queueFor(fiber: Fiber.Fiber<unknown, unknown>, waiter: Waiter<H>): WaitQueue<H>
  end(hold: H, exit?: Exit.Exit<unknown, unknown>): void
  /** Why it cannot be had at all, now that it was not to be had at once. */
  refusal?(): Exit.Exit<never, unknown> | undefined
  /** The lock, where this is one. */
  readonly mutex?: Waitable | undefined
  /** What the body of a hold gets to know of it. */
  provide?<A, E, R>(hold: H, body: Effect.Effect<A, E, R>): Effect.Effect<A, E, R>
}

const placed = <A, E, R>(
  source: Pick<Source<never>, "mutex">,
  effect: Effect.Effect<A, E, R>
): Effect.Effect<A, E, R> => wanted === 0 || source.mutex === undefined ? effect : sited(effect)

type Restore = <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>

// Which queue is the right one may change between two operations, so it is chosen in the step that enters it.
const queueUp = <H>(source: Source<H>): Effect.Effect<H> =>
  Effect.callback<H>((resume) => {
    const fiber = Fiber.getCurrent()!
    const waiter = new Waiter<H>(fiber, source)
    const queue = source.queueFor(fiber, waiter)
    return lineUp(queue, waiter, (hold) => source.end(hold), Exit.succeed, resume)
  })

/** Takes it now, if it can be had without waiting. */
const attempt = <H>(source: Source<H>): H | undefined => {
  const fiber = Fiber.getCurrent()!
  if (observer !== undefined && source.mutex !== undefined) observer.acquires?.(source.mutex, fiber)
  return source.attempt(fiber)
}

const take = <H, A, E, R>(
  source: Source<H>,
  restore: Restore,
  use: (hold: H) => Effect.Effect<A, E, R>
): Effect.Effect<A, E, R> => {
  const hold = attempt(source)
  return hold !== undefined ? use(hold) : Effect.flatMap(restore(queueUp(source)), use)
}

const around = <H, A, E, R>(
  source: Source<H>,
  hold: H,
  restore: Restore,
  body: Effect.Effect<A, E, R>
): Effect.Effect<A, E, R> =>
  Effect.onExitPrimitive(
    restore(source.provide === undefined ? body : source.provide(hold, body)),
    (exit) => {
      source.end(hold, exit)
      return undefined
    },
    true
  )

/** Runs the effect while holding. */
export const withHold = <H, A, E, R>(source: Source<H>, body: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  placed(
    source,
    Effect.uninterruptibleMask((restore) => {
      const hold = attempt(source)
      return hold !== undefined
        ? around(source, hold, restore, body)
        : Effect.flatMap(restore(queueUp(source)), (hold) => around(source, hold, restore, body))
    })
  )

/** Runs the effect while holding, or answers none at once. */
export const withHoldIfAvailable = <H, A, E, R>(
  source: Source<H>,
  body: Effect.Effect<A, E, R>
): Effect.Effect<Option.Option<A>, E, R> =>
  placed(
    source,
    Effect.uninterruptibleMask((restore) => {
      const hold = source.attempt(Fiber.getCurrent()!)
      return hold === undefined ? refused(source, Option.none<A>()) : around(source, hold, restore, Effect.asSome(body))
    })
  )

/** Holds until the scope closes. */
export const holdScoped = <H>(source: Source<H>): Effect.Effect<void, never, Scope.Scope> =>
  placed(
    source,
    Effect.uninterruptibleMask((restore) =>
      Effect.flatMap(
        Effect.scope,
        (scope) =>
          take(source, restore, (hold) =>
            Scope.addFinalizerExit(scope, (exit) => Effect.sync(() => source.end(hold, exit))))
      )
    )
  )

/** Holds until somebody releases. */
export const hold = <H>(source: Source<H>): Effect.Effect<void> =>
  placed(source, Effect.uninterruptibleMask((restore) => take(source, restore, () => Effect.void)))

/** Holds if that is possible at once. */
export const holdIfAvailable = <H>(source: Source<H>): Effect.Effect<boolean> =>
  placed(
    source,
    Effect.suspend(() =>
      source.attempt(Fiber.getCurrent()!) !== undefined ? Effect.succeed(true) : refused(source, false)
    )
  )

/** There is nothing to be had now; or never. */
const refused = <A, H>(source: Source<H>, answer: A): Effect.Effect<A> =>
  (source.refusal?.() as Exit.Exit<never> | undefined) ?? Effect.succeed(answer)
