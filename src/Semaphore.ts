/**
 * A counting semaphore: permits that are taken and given back. Waiters are served strictly first come, first served, also
 * when a later one wants fewer permits, so a large request never starves. A bounded semaphore (Python's
 * `BoundedSemaphore`) dies when more is given back than was taken.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import type * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import { effectLast, effectLast3 } from "./internal/effectLast.ts"
import { hold, holdIfAvailable, holdScoped, withHold, withHoldIfAvailable } from "./internal/holding.ts"
import type { Source } from "./internal/holding.ts"
import { nextName } from "./internal/names.ts"
import { knowErrors } from "./internal/pool/codecKnown.ts"
import type { Waitable } from "./internal/waiting.ts"
import { WaitQueue } from "./internal/waitQueue.ts"

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
 * The defect of releasing more permits of a bounded semaphore than were acquired. Nothing was released.
 *
 * @since 0.1.0
 * @category errors
 */
export class SemaphoreReleasedTooOftenError extends Schema.TaggedError<SemaphoreReleasedTooOftenError>(
  "effect-threading/SemaphoreReleasedTooOftenError"
)("SemaphoreReleasedTooOftenError", { semaphore: Schema.String, permits: Schema.Number, bound: Schema.Number }) {
  override get message(): string {
    return `Semaphore.release: giving back ${this.permits} would leave ${this.semaphore} with more than its bound of `
      + `${this.bound}; nothing was released. Release what was acquired, once; withPermit pairs the two.`
  }
}

/**
 * The defect of a number of permits that no semaphore, or not this one, can have.
 *
 * @since 0.1.0
 * @category errors
 */
export class InvalidPermitsError
  extends Schema.TaggedError<InvalidPermitsError>("effect-threading/InvalidPermitsError")(
    "InvalidPermitsError",
    { operation: Schema.String, permits: Schema.Number, advice: Schema.String }
  )
{
  override get message(): string {
    return `${this.operation}: ${this.permits} permits. ${this.advice}`
  }
}

knowErrors(SemaphoreReleasedTooOftenError, InvalidPermitsError)

class SemaphoreImpl implements Semaphore, Waitable {
  readonly [TypeId] = TypeId
  readonly kind = "Semaphore"
  private given: string | undefined
  free: number
  readonly bound: number
  readonly queue = new WaitQueue<number>(this, (queue) => this.settle(queue))
  readonly one = new Request(this, 1)

  constructor(permits: number, bound: number, name: string | undefined) {
    this.free = permits
    this.bound = bound
    this.given = name || undefined
  }

  get name(): string {
    return this.given ??= nextName(this.kind)
  }

  request(permits: number, operation: string): Source<number> {
    if (permits === 1) return this.one
    check(operation, permits, 1)
    if (permits > this.bound) {
      throw new InvalidPermitsError({
        operation,
        permits,
        advice: `${this.name} has ${this.bound} in all, so this would wait for ever.`
      })
    }
    return new Request(this, permits)
  }

  // Waiting implies that the first waiter wants more than is free.
  private settle(queue: WaitQueue<number>): void {
    for (let waiter = queue.first; waiter !== undefined; waiter = queue.first) {
      const { permits } = waiter.request as Request
      if (permits > this.free) return
      this.free -= permits
      queue.grant(waiter, permits)
    }
  }

  release(permits: number): void {
    if (this.free + permits > this.bound) {
      throw new SemaphoreReleasedTooOftenError({ semaphore: this.name, permits, bound: this.bound })
    }
    this.free += permits
    this.queue.settle()
  }

  toString(): string {
    return `${this.name}(${this.free}${
      this.bound === Infinity ? "" : ` of ${this.bound}`
    } free, ${this.queue.size} waiting)`
  }

  toJSON(): unknown {
    return { _id: "Semaphore", name: this.name, free: this.free, waiting: this.queue.size }
  }

  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return this.toString()
  }
}

class Request implements Source<number> {
  readonly semaphore: SemaphoreImpl
  readonly permits: number

  constructor(semaphore: SemaphoreImpl, permits: number) {
    this.semaphore = semaphore
    this.permits = permits
  }

  attempt(): number | undefined {
    const { permits, semaphore } = this
    if (permits > semaphore.free || semaphore.queue.first !== undefined) return undefined
    semaphore.free -= permits
    return permits
  }

  queueFor(): WaitQueue<number> {
    return this.semaphore.queue
  }

  end(permits: number): void {
    this.semaphore.release(permits)
  }
}

const check = (operation: string, permits: number, least: number): void => {
  if (Number.isInteger(permits) && permits >= least) return
  throw new InvalidPermitsError({ operation, permits, advice: `Use a whole number from ${least}.` })
}

const impl = (self: Semaphore): SemaphoreImpl => self as SemaphoreImpl

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
    Effect.suspend(() => withHold(impl(self).request(permits, "Semaphore.withPermits"), effect))
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
    Effect.suspend(() => withHoldIfAvailable(impl(self).request(permits, "Semaphore.withPermitsIfAvailable"), effect))
)

/**
 * Acquires permits (default 1) and gives them back when the scope closes.
 *
 * @since 0.1.0
 * @category acquiring
 */
export const acquireScoped = (self: Semaphore, permits = 1): Effect.Effect<void, never, Scope.Scope> =>
  Effect.suspend(() => holdScoped(impl(self).request(permits, "Semaphore.acquireScoped")))

/**
 * Acquires permits (default 1), all at once; whoever calls this releases them. Once this has returned they are the caller's,
 * also if the caller is interrupted right then: use it in `Effect.acquireUseRelease`, or better, use `withPermits`.
 *
 * @since 0.1.0
 * @category acquiring
 */
export const acquire = (self: Semaphore, permits = 1): Effect.Effect<void> =>
  Effect.suspend(() => hold(impl(self).request(permits, "Semaphore.acquire")))

/**
 * Acquires permits (default 1) if they are free now and nobody waits, and says whether it did. Never waits.
 *
 * @since 0.1.0
 * @category acquiring
 */
export const acquireIfAvailable = (self: Semaphore, permits = 1): Effect.Effect<boolean> =>
  Effect.suspend(() => holdIfAvailable(impl(self).request(permits, "Semaphore.acquireIfAvailable")))

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
    impl(self).release(permits)
  })

/**
 * How many permits are free now.
 *
 * @since 0.1.0
 * @category reading
 */
export const value = (self: Semaphore): Effect.Effect<number> => Effect.sync(() => impl(self).free)
