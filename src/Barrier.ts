/**
 * A meeting point for a fixed number of fibers: each waits until all have come, then all go on, and the barrier is ready for
 * the next round. If one of them is interrupted or times out while it waits, the others would wait for ever; so the barrier
 * breaks, and everybody who waits or comes later fails with `BrokenBarrierError` until `reset`.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Schema from "effect/Schema"
import type * as Types from "effect/Types"
import { provideCaptured } from "./internal/captured.ts"
import { nextName } from "./internal/names.ts"
import { knowErrors } from "./internal/pool/codecKnown.ts"
import type { Waitable } from "./internal/waiting.ts"
import { park, Waiter, WaitQueue } from "./internal/waitQueue.ts"

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
 * Waiting was in vain: the barrier was aborted or reset, or somebody who waited with us was interrupted.
 *
 * @since 0.1.0
 * @category errors
 */
export class BrokenBarrierError extends Schema.TaggedError<BrokenBarrierError>("effect-threading/BrokenBarrierError")(
  "BrokenBarrierError",
  { barrier: Schema.String, parties: Schema.Number }
) {
  override get message(): string {
    return `${this.barrier}, for ${this.parties} parties, is broken: it was aborted or reset, its action failed, or a `
      + "waiter was interrupted. Barrier.reset makes it usable again."
  }
}

/**
 * The defect of a barrier for a number of parties that cannot meet.
 *
 * @since 0.1.0
 * @category errors
 */
export class InvalidPartiesError
  extends Schema.TaggedError<InvalidPartiesError>("effect-threading/InvalidPartiesError")(
    "InvalidPartiesError",
    { parties: Schema.Number }
  )
{
  override get message(): string {
    return `Barrier.make: ${this.parties} parties. Use a whole number from 1.`
  }
}

knowErrors(BrokenBarrierError, InvalidPartiesError)

type Outcome = Exit.Exit<number, BrokenBarrierError>

/** One meeting. Everybody of a round learns its outcome from the round, so a reset between never mixes two. */
class Round {
  isActing = false
  isOver = false
}

class BarrierImpl<E> implements Barrier<E>, Waitable {
  readonly [TypeId] = variance
  readonly kind = "Barrier"
  private given: string | undefined
  readonly parties: number
  readonly action: Effect.Effect<unknown, E> | undefined
  isBroken = false
  round = new Round()
  readonly queue = new WaitQueue<Outcome>(this, () => {})
  /** Who came while the action of a full round was running: they belong to the next. */
  readonly entry = new WaitQueue<void>(this, (queue) => {
    if (this.round.isActing) return
    for (let waiter = queue.first; waiter !== undefined; waiter = queue.first) queue.grant(waiter, undefined)
  })

  constructor(parties: number, action: Effect.Effect<unknown, E> | undefined, name: string | undefined) {
    this.given = name || undefined
    this.parties = parties
    this.action = action
  }

  get name(): string {
    return this.given ??= nextName(this.kind)
  }

  get broken(): Outcome {
    return Exit.fail(new BrokenBarrierError({ barrier: this.name, parties: this.parties }))
  }

  /** Ends the round for those that wait in it, and begins the next. */
  turn(outcome: (index: number) => Outcome): void {
    this.round.isOver = true
    this.round = new Round()
    let index = 0
    for (let waiter = this.queue.first; waiter !== undefined; waiter = this.queue.first) {
      this.queue.grant(waiter, outcome(index++))
    }
    this.entry.settle()
  }

  break(): void {
    this.isBroken = true
    this.turn(() => this.broken)
  }

  toString(): string {
    return `${this.name}(${this.isBroken ? "broken" : `${this.queue.size} of ${this.parties} waiting`})`
  }

  toJSON(): unknown {
    return { _id: "Barrier", name: this.name, parties: this.parties, waiting: this.queue.size, isBroken: this.isBroken }
  }

  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return this.toString()
  }
}

const variance = { _E: (_: never) => _ }

const impl = <E>(self: Barrier<E>): BarrierImpl<E> => self as unknown as BarrierImpl<E>

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
    if (!Number.isInteger(parties) || parties < 1) throw new InvalidPartiesError({ parties })
    const action = options?.action
    return new BarrierImpl<E>(
      parties,
      action === undefined ? undefined : provideCaptured(action, context),
      options?.name
    )
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
  Effect.uninterruptibleMask((restore) => arrive(impl(self), restore))

const arrive = <E>(
  self: BarrierImpl<E>,
  restore: <A, E2, R>(effect: Effect.Effect<A, E2, R>) => Effect.Effect<A, E2, R>
): Effect.Effect<number, BrokenBarrierError | E> => {
  if (self.isBroken) return self.broken
  if (self.round.isActing) {
    const entering = Effect.suspend(() => park(self.entry, new Waiter<void>(Fiber.getCurrent()!, undefined), undefined))
    return Effect.flatMap(restore(entering), () => arrive(self, restore))
  }
  const { queue, round } = self
  const last = self.parties - 1
  if (queue.size < last) {
    const waiter = new Waiter<Outcome>(Fiber.getCurrent()!, undefined)
    const waiting = Effect.callback<Outcome>((resume) => {
      waiter.resume = (outcome) => resume(Effect.succeed(outcome))
      if (waiter.isGranted) waiter.resume(waiter.hold!)
    })
    queue.push(waiter)
    return Effect.flatMap(Effect.exit(restore(waiting)), (exit): Outcome => {
      if (Exit.isSuccess(exit)) return exit.value
      if (!round.isOver) self.break()
      return Exit.failCause(exit.cause)
    })
  }
  const pass = (): Effect.Effect<number> => {
    self.turn((index) => Exit.succeed(index))
    return Effect.succeed(last)
  }
  if (self.action === undefined) return pass()
  round.isActing = true
  return Effect.flatMap(Effect.exit(restore(self.action)), (exit): Effect.Effect<number, BrokenBarrierError | E> => {
    round.isActing = false
    if (Exit.isFailure(exit)) {
      if (!round.isOver) self.break()
      return Exit.failCause(exit.cause)
    }
    return round.isOver ? self.broken : pass()
  })
}

/**
 * Makes the barrier empty and whole again. Those that wait fail with `BrokenBarrierError`.
 *
 * @since 0.1.0
 * @category operations
 */
export const reset = <E>(self: Barrier<E>): Effect.Effect<void> =>
  Effect.sync(() => {
    const barrier = impl(self)
    barrier.isBroken = false
    barrier.turn(() => barrier.broken)
  })

/**
 * Breaks the barrier: those that wait, and all that come until `reset`, fail with `BrokenBarrierError`. For a party that
 * cannot come, so that the others need not wait for ever.
 *
 * @since 0.1.0
 * @category operations
 */
export const abort = <E>(self: Barrier<E>): Effect.Effect<void> => Effect.sync(() => impl(self).break())

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
export const waiting = <E>(self: Barrier<E>): Effect.Effect<number> => Effect.sync(() => impl(self).queue.size)

/**
 * Whether the barrier is broken.
 *
 * @since 0.1.0
 * @category reading
 */
export const isBroken = <E>(self: Barrier<E>): Effect.Effect<boolean> => Effect.sync(() => impl(self).isBroken)
