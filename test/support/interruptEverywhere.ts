/**
 * Interrupts an effect at each of its operations in turn, and looks each time at what is left. A wait that can lose a permit, a
 * place or a wake-up to an interruption is found out, at the operation where it does.
 */
import { Cause, Effect, Fiber, Scheduler } from "effect"
import type { Exit, Scope } from "effect"

/** What is interrupted, and what has to hold afterwards. */
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
 * moment between a lock's being granted and its waiter's going on. What `make` forks in its scope ends with the run.
 *
 * ```ts
 * const program = interruptEverywhere(Effect.gen(function*() {
 *   const lock = yield* Lock.make()
 *   return {
 *     effect: Lock.withLock(lock, Effect.yieldNow),
 *     check: () => Effect.map(Lock.isLocked(lock), (isLocked) => assert.isFalse(isLocked))
 *   }
 * }))
 * ```
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
  target: Fiber.Fiber<unknown, unknown> | undefined
  private left: number
  private isDue = false
  private readonly ambient: Scheduler.Scheduler

  constructor(ambient: Scheduler.Scheduler, operation: number) {
    this.executionMode = ambient.executionMode
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
    const ambient = this.ambient.makeDispatcher()
    return {
      scheduleTask: (task, priority) =>
        ambient.scheduleTask(() => {
          if (this.isDue || this.count()) {
            this.isDue = false
            this.target!.interruptUnsafe()
          }
          task()
        }, priority),
      flush: () => ambient.flush()
    }
  }
}
