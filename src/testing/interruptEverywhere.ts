/**
 * Interrupts an effect at each of its operations in turn, and looks each time at what is left. A wait that can lose a permit, a
 * place or a wake-up to an interruption is found out, at the operation where it does.
 *
 * @since 0.2.0
 */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import type * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Scheduler from "effect/Scheduler"
import type * as Scope from "effect/Scope"
import { tellsFibersApart } from "../internal/scheduler.ts"

/**
 * What is interrupted, and what has to hold afterwards.
 *
 * @since 0.2.0
 * @category models
 */
export interface Subject<A, E, R, E2, R2> {
  /** Runs on a fiber of its own. Uninterrupted, it has to come to an end. */
  readonly effect: Effect.Effect<A, E, R>
  /** Runs after it, however it ended; fails or dies if something was lost. */
  readonly check: (exit: Exit.Exit<A, E>) => Effect.Effect<unknown, E2, R2>
}

/**
 * Makes the subject anew and runs it, interrupting its fiber at the first operation; then again, at the second operation, and so
 * on, until a run ends without having been interrupted. Answers with the number of operations.
 *
 * An operation is a step of the effect, of its own fiber or of one that it forked, and so is each resumption of those: that is the
 * moment between a lock's being granted and its waiter's going on. What `make` forks in its scope ends with the run. Dies, naming
 * the operation, if the check fails.
 *
 * ```ts
 * import { Effect } from "effect"
 * import { Lock } from "effect-threading"
 * import { interruptEverywhere } from "effect-threading/testing"
 *
 * const subject = Effect.gen(function*() {
 *   const lock = yield* Lock.make()
 *   return {
 *     effect: Lock.withLock(lock, Effect.yieldNow),
 *     check: () =>
 *       Effect.gen(function*() {
 *         if (yield* Lock.isLocked(lock)) return yield* Effect.fail("the lock was lost")
 *       })
 *   }
 * })
 *
 * const program = Effect.gen(function*() {
 *   const operations = yield* interruptEverywhere(subject)
 *   return operations > 3 // true
 * })
 * ```
 *
 * @since 0.2.0
 * @category testing
 */
export const interruptEverywhere = <A, E, R, E2, R2, E3, R3>(
  make: Effect.Effect<Subject<A, E, R, E2, R2>, E3, R3>
): Effect.Effect<number, E3, Exclude<R | R2 | R3, Scope.Scope>> => {
  const runFrom = (operation: number): Effect.Effect<number, E3, Exclude<R | R2 | R3, Scope.Scope>> =>
    Effect.flatMap(
      Effect.scoped(runOnce(make, operation)),
      (isReached) => isReached ? runFrom(operation + 1) : Effect.succeed(operation - 1)
    )
  return runFrom(1)
}

const runOnce = <A, E, R, E2, R2, E3, R3>(
  make: Effect.Effect<Subject<A, E, R, E2, R2>, E3, R3>,
  operation: number
): Effect.Effect<boolean, E3, R | R2 | R3> =>
  Effect.gen(function*() {
    const { check, effect } = yield* make
    const interrupter = new Interrupter(yield* Scheduler.Scheduler, operation)
    const fiber = yield* Effect.forkChild(Effect.withFiber((self) => {
      interrupter.target = self
      return Effect.provideService(effect, Scheduler.Scheduler, interrupter)
    }))
    const exit = yield* Fiber.await(fiber)
    yield* Effect.catchCause(check(exit), (cause) =>
      Effect.die(
        new Error(`Interrupted at operation ${operation}: ${Cause.pretty(cause)}`, { cause: Cause.squash(cause) })
      ))
    return interrupter.isReached
  })

/** Counts the operations of all fibers below it, and interrupts the target at one of them. */
class Interrupter implements Scheduler.Scheduler {
  readonly executionMode: "sync" | "async"
  readonly tellsFibersApart: boolean
  target: Fiber.Fiber<unknown, unknown> | undefined
  private left: number
  private isDue = false
  private readonly ambient: Scheduler.Scheduler

  constructor(ambient: Scheduler.Scheduler, operation: number) {
    this.executionMode = ambient.executionMode
    this.tellsFibersApart = tellsFibersApart(ambient)
    this.ambient = ambient
    this.left = operation
  }

  get isReached(): boolean {
    return this.left <= 0
  }

  private count(): boolean {
    return --this.left === 0
  }

  /** At the operation, the fiber yields: interrupted while it runs, it would not stop before the next. */
  shouldYield(fiber: Fiber.Fiber<unknown, unknown>): boolean {
    if (!this.count()) return this.ambient.shouldYield(fiber)
    return this.isDue = true
  }

  makeDispatcher(): Scheduler.SchedulerDispatcher {
    return new InterruptingDispatcher(this.ambient.makeDispatcher(), this)
  }

  /** A step of some fiber is about to begin. */
  resumes(): void {
    if (!this.isDue && !this.count()) return
    this.isDue = false
    this.target!.interruptUnsafe()
  }
}

class InterruptingDispatcher implements Scheduler.SchedulerDispatcher {
  readonly ambient: Scheduler.SchedulerDispatcher
  private readonly interrupter: Interrupter

  constructor(ambient: Scheduler.SchedulerDispatcher, interrupter: Interrupter) {
    this.ambient = ambient
    this.interrupter = interrupter
  }

  scheduleTask(task: () => void, priority: number): void {
    this.ambient.scheduleTask(() => {
      this.interrupter.resumes()
      task()
    }, priority)
  }

  flush(): void {
    this.ambient.flush()
  }
}
