/** One of many who use a primitive at once: a fiber, or the plain code of a worker. Its choices are its own, and the seed's. */
import { CannotBlockError, LockAbandonedError } from "effect-threading/Lock"
import * as Task from "effect-threading/Task"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import type { Random } from "../../src/testing/internal/random.ts"
import { Count, type Field, Violation } from "./field.ts"
import type { Part } from "./part.ts"

/** Who is woken goes on within some milliseconds. Who is not looks after 250. */
const lateAfter = 200

export interface Rules {
  /** How much may be inside at once. */
  readonly limit: number
  /** Who weighs less than this may die inside, and others go on. */
  readonly forgiven: number
}

export class Walker {
  readonly field: Field
  readonly random: Random
  readonly slot: number
  /** Its number among all walkers of the phase. */
  readonly index: number
  private readonly death: Part["death"]
  private readonly rules: Rules

  constructor(field: Field, random: Random, slot: number, index: number, death: Part["death"], rules: Rules) {
    this.field = field
    this.random = random
    this.slot = slot
    this.index = index
    this.death = death
    this.rules = rules
  }

  get isDoomed(): boolean {
    return this.death !== undefined
  }

  count(what: Count): void {
    this.field.add(what)
  }

  fail(what: string): never {
    throw new Violation(`${what}\n${this.field}`)
  }

  /** Whether there is another operation to do. */
  begins(): boolean {
    return this.field.add(Count.begun) <= this.field.get(Count.target)
  }

  /** An operation, and all that it does. */
  operation<A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> {
    return Effect.suspend(() => {
      const begun = this.opens()
      return Effect.map(effect, (answer) => {
        this.ends(begun)
        return answer
      })
    })
  }

  /** The same for plain code, which may be told to end before. */
  plain<A>(f: () => A): A {
    Task.checkpoint()
    const begun = this.opens()
    try {
      return f()
    } finally {
      this.ends(begun)
    }
  }

  /** Has plain code do it time and again: true if what it wants was found abandoned. */
  untilAbandoned(goesOn: () => boolean, once: () => void): boolean {
    while (goesOn()) {
      const isAbandoned = this.plain(() => {
        try {
          once()
          return false
        } catch (error) {
          if (!(error instanceof LockAbandonedError)) throw error
          this.count(Count.abandoned)
          return true
        }
      })
      if (isAbandoned) return true
      this.spin()
    }
    return false
  }

  private opens(): number {
    this.field.open(this.slot, 1)
    return performance.now()
  }

  private ends(begun: number): void {
    this.field.open(this.slot, -1)
    this.count(Count.ended)
    if (performance.now() - begun > lateAfter) this.count(Count.late)
  }

  /** As many operations as are to be done. */
  operations<E, R>(one: () => Effect.Effect<unknown, E, R>): Effect.Effect<void, E, R> {
    return Effect.whileLoop({
      while: () => this.begins(),
      body: () => this.operation(Effect.suspend(one)),
      step: () => {}
    })
  }

  /** Left alone; or with a short time limit; or interrupted by another fiber. Then there is no answer. */
  disturbed<A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A | undefined, E, R> {
    const { random } = this
    const dice = random.next()
    if (dice < 0.6) return effect
    if (dice < 0.8) {
      return Effect.map(Effect.timeoutOption(effect, random.below(3)), (answer) => {
        if (Option.isNone(answer)) this.count(Count.timeouts)
        return Option.getOrUndefined(answer)
      })
    }
    const isStarted = random.chance(0.5)
    const moment = this.pause(8)
    return Effect.flatMap(
      Effect.forkChild(effect, { startImmediately: isStarted }),
      (fiber) => Effect.andThen(moment, this.cut(fiber))
    )
  }

  /** Interrupts it, if that is not too late. */
  cut<A, E>(fiber: Fiber.Fiber<A, E>): Effect.Effect<A | undefined, E> {
    return Effect.flatMap(
      Effect.andThen(Fiber.interrupt(fiber), Fiber.await(fiber)),
      (exit): Exit.Exit<A | undefined, E> => {
        if (!Exit.isFailure(exit) || !Exit.hasInterrupts(exit)) return exit
        this.count(Count.interruptions)
        return Exit.succeed(undefined)
      }
    )
  }

  /** Some steps in which others may go on; seldom a millisecond. */
  pause(most: number): Effect.Effect<void> {
    const steps = this.random.below(most)
    if (this.random.chance(0.002)) return Effect.sleep(1)
    return steps === 0 ? Effect.void : Effect.repeat(Effect.yieldNow, { times: steps - 1 }) as Effect.Effect<never>
  }

  /** Some time in which only other OS threads may go on. */
  spin(): void {
    if (!this.random.chance(0.3)) return
    for (let left = this.random.below(300); left > 0; left--) this.field.get(Count.target)
  }

  /** It is inside, where there is room for so much, and may die there if it is to die. */
  enter(weight: number): void {
    const { field, rules } = this
    field.enter(this.slot, weight)
    if (this.death === "inside" && this.random.chance(0.01)) process.exit(1)
    if (field.inside <= rules.limit) return
    field.bury(rules.forgiven)
    const { inside } = field
    if (inside > rules.limit) this.fail(`${inside} inside, where there is room for ${rules.limit}`)
  }

  leave(weight: number): void {
    this.field.leave(this.slot, weight)
  }

  /** Is inside while the effect runs. */
  inside<A, E, R>(weight: number, effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> {
    return Effect.acquireUseRelease(
      Effect.sync(() => this.enter(weight)),
      () => effect,
      () => Effect.sync(() => this.leave(weight))
    )
  }

  insideSync<A>(weight: number, f: () => A): A {
    this.enter(weight)
    const answer = f()
    this.leave(weight)
    return answer
  }

  /** What plain code answers, run by a fiber, which may hear that it cannot be done here, or that the owner has died. */
  blocking<A>(f: () => A): Effect.Effect<A | undefined, LockAbandonedError> {
    return Effect.suspend(() => {
      try {
        return Effect.succeed(f())
      } catch (error) {
        if (error instanceof LockAbandonedError) return Effect.fail(error)
        if (!(error instanceof CannotBlockError)) throw error
        this.count(Count.refused)
        return Effect.succeed(undefined)
      }
    })
  }

  /** What was not to be had at once is counted. */
  ifAvailable<A, E, R>(effect: Effect.Effect<Option.Option<A>, E, R>): Effect.Effect<A | undefined, E, R> {
    return Effect.map(effect, (answer) => {
      if (Option.isNone(answer)) this.count(Count.refused)
      return Option.getOrUndefined(answer)
    })
  }

  /** Who hears that the owner has died repairs what it left. */
  answered<A, E, R, E2, R2>(
    effect: Effect.Effect<A, E | LockAbandonedError, R>,
    recover: Effect.Effect<unknown, E2, R2>
  ): Effect.Effect<A | undefined, Exclude<E, LockAbandonedError> | E2, R | R2> {
    return Effect.catch(effect, (error): Effect.Effect<A | undefined, Exclude<E, LockAbandonedError> | E2, R2> => {
      if (!(error instanceof LockAbandonedError)) return Effect.fail(error as Exclude<E, LockAbandonedError>)
      this.count(Count.abandoned)
      return Effect.as(recover, undefined)
    })
  }
}
