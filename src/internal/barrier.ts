/** The barriers under `Barrier`: who has come, and what has become of the round. */
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Schema from "effect/Schema"
import { knowErrors } from "./knownErrors.ts"
import { nextName } from "./names.ts"
import type { Waitable } from "./waiting.ts"
import { park, Waiter, WaitQueue } from "./waitQueue.ts"

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
      + "waiter was interrupted or has died. Barrier.reset makes it usable again."
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
    return `A barrier for ${this.parties} parties: use a whole number from 1 to ${mostParties}.`
  }
}

knowErrors(BrokenBarrierError, InvalidPartiesError)

const mostParties = 2 ** 31 - 1

/** Dies unless so many can meet. */
export const checkParties = (parties: number): void => {
  if (!Number.isInteger(parties) || parties < 1 || parties > mostParties) throw new InvalidPartiesError({ parties })
}

export type Outcome = Exit.Exit<number, BrokenBarrierError>

export type Restore = <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>

export abstract class BarrierState<out E = never> implements Waitable {
  readonly kind = "Barrier"
  private given: string | undefined
  readonly parties: number
  /** Who waits here in the round that is on. Its end takes them all out. */
  abstract readonly queue: WaitQueue<Outcome>

  constructor(parties: number, name: string | undefined) {
    this.given = name || undefined
    this.parties = parties
  }

  get name(): string {
    return this.given ??= nextName(this.kind)
  }

  get error(): BrokenBarrierError {
    return new BrokenBarrierError({ barrier: this.name, parties: this.parties })
  }

  abstract get isBroken(): boolean
  abstract get waiting(): number

  abstract arrive(restore: Restore): Effect.Effect<number, BrokenBarrierError | E>
  abstract reset(): void
  abstract abort(): void
  /** One goes who is still in line: unless the round has ended by now, that breaks the barrier. */
  protected abstract leave(): void

  /** Waits until the round ends, as who came after `place` others. */
  protected stay(place: number, restore: Restore): Effect.Effect<number, BrokenBarrierError> {
    const waiter = new Waiter<Outcome>(Fiber.getCurrent()!, place)
    const waiting = Effect.callback<Outcome>((resume) => {
      waiter.resume = (outcome) => resume(Effect.succeed(outcome))
      if (waiter.isGranted) waiter.resume(waiter.hold!)
    })
    this.queue.push(waiter)
    this.queue.settle()
    return Effect.flatMap(Effect.exit(restore(waiting)), (exit): Outcome => {
      if (Exit.isSuccess(exit)) return exit.value
      if (!waiter.isGranted) this.leave()
      return Exit.failCause(exit.cause)
    })
  }

  /** Ends the round for those that wait in it here. */
  protected dismiss(hasPassed: boolean): void {
    for (let waiter = this.queue.first; waiter !== undefined; waiter = this.queue.first) {
      this.queue.grant(waiter, hasPassed ? Exit.succeed(waiter.request as number) : Exit.fail(this.error))
    }
  }

  toString(): string {
    return `${this.name}(${this.isBroken ? "broken" : `${this.waiting} of ${this.parties} waiting`})`
  }

  toJSON(): unknown {
    return { _id: "Barrier", name: this.name, parties: this.parties, waiting: this.waiting, isBroken: this.isBroken }
  }

  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return this.toString()
  }
}

/** One meeting. Whoever runs its action learns from it whether it was ended meanwhile, so a reset never mixes two. */
class Round {
  isActing = false
  isOver = false
}

export class LocalBarrier<out E = never> extends BarrierState<E> {
  private readonly action: Effect.Effect<unknown, E> | undefined
  private round = new Round()
  isBroken = false
  readonly queue = new WaitQueue<Outcome>(this, () => {})
  /** Who came while the action of a full round was running: they belong to the next. */
  private readonly entry = new WaitQueue<void>(this, (queue) => {
    if (this.round.isActing) return
    for (let waiter = queue.first; waiter !== undefined; waiter = queue.first) queue.grant(waiter, undefined)
  })

  constructor(parties: number, action: Effect.Effect<unknown, E> | undefined, name: string | undefined) {
    super(parties, name)
    this.action = action
  }

  get waiting(): number {
    return this.queue.size
  }

  arrive(restore: Restore): Effect.Effect<number, BrokenBarrierError | E> {
    if (this.isBroken) return Effect.fail(this.error)
    const { action, queue, round } = this
    if (round.isActing) {
      const entering = Effect.suspend(() =>
        park(this.entry, new Waiter<void>(Fiber.getCurrent()!, undefined), undefined)
      )
      return Effect.flatMap(restore(entering), () => this.arrive(restore))
    }
    if (queue.size < this.parties - 1) return this.stay(queue.size, restore)
    if (action === undefined) return this.pass()
    round.isActing = true
    return Effect.flatMap(Effect.exit(restore(action)), (exit): Effect.Effect<number, BrokenBarrierError | E> => {
      round.isActing = false
      if (Exit.isFailure(exit)) {
        if (!round.isOver) this.abort()
        return Exit.failCause(exit.cause)
      }
      return round.isOver ? Effect.fail(this.error) : this.pass()
    })
  }

  private pass(): Effect.Effect<number> {
    this.turn(true)
    return Effect.succeed(this.parties - 1)
  }

  /** Ends the round, and begins the next. */
  private turn(hasPassed: boolean): void {
    this.round.isOver = true
    this.round = new Round()
    this.dismiss(hasPassed)
    this.entry.settle()
  }

  reset(): void {
    this.isBroken = false
    this.turn(false)
  }

  abort(): void {
    this.isBroken = true
    this.turn(false)
  }

  protected leave(): void {
    this.abort()
  }
}
