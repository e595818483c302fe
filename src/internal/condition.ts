/** The condition under `Condition`: who sleeps until notified, having given back the lock, and takes it again. */
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Schema from "effect/Schema"
import { Suspension } from "./hold.ts"
import type { Hold } from "./hold.ts"
import { knowErrors } from "./knownErrors.ts"
import { LockNotHeldError } from "./mutex.ts"
import type { Mutex } from "./mutex.ts"
import { nextName } from "./names.ts"
import type { Waitable } from "./waiting.ts"
import { look, Waiter, WaitQueue } from "./waitQueue.ts"

/**
 * The defect of a second fiber that waits on a condition through a hold that another fiber is already waiting through.
 *
 * @since 0.1.0
 * @category errors
 */
export class ConditionHoldSharedError extends Schema.TaggedError<ConditionHoldSharedError>(
  "effect-threading/ConditionHoldSharedError"
)("ConditionHoldSharedError", { condition: Schema.String, lock: Schema.String }) {
  override get message(): string {
    return `Condition.wait: another fiber already waits on ${this.condition} through the same hold of ${this.lock}. `
      + "A hold can be given back once at a time: let each fiber take the lock for itself."
  }
}

knowErrors(ConditionHoldSharedError)

/** A fiber in `wait`: asleep in the condition's queue, then in the lock's, then granted. */
export class Sleeper extends Waiter<Hold | undefined> {
  isNotified = false
  through: Hold | undefined = undefined

  override get isBound(): boolean {
    return true
  }
}

export class ConditionState implements Waitable {
  readonly kind = "Condition"
  private given: string | undefined
  readonly mutex: Mutex
  readonly queue: WaitQueue<Hold | undefined>

  constructor(
    mutex: Mutex,
    name: string | undefined,
    queueOf?: (condition: never) => WaitQueue<Hold | undefined>
  ) {
    this.mutex = mutex
    this.given = name || undefined
    // Only notifications wake: nothing about a condition is ever free by itself.
    this.queue = queueOf?.(this as never) ?? new WaitQueue<Hold | undefined>(this, () => {})
  }

  get name(): string {
    return this.given ??= nextName(this.kind)
  }

  held(operation: string): Hold {
    const hold = this.mutex.heldBy(Fiber.getCurrent()!)
    if (hold !== undefined) return hold
    throw this.notHeld(operation)
  }

  protected notHeld(operation: string): LockNotHeldError {
    return new LockNotHeldError({
      operation: `Condition.${operation}`,
      lock: this.mutex.name,
      advice: `Call it inside Condition.${operation.endsWith("Sync") ? "withLockSync" : "withLock"}.`
    })
  }

  notify(n: number): void {
    for (let sleeper = this.queue.first; sleeper !== undefined && n > 0; sleeper = this.queue.first, n--) {
      ;(sleeper as Sleeper).isNotified = true
      this.wake(sleeper as Sleeper)
    }
  }

  /** Moves a sleeper to the lock's queue; one that never gave the lock back, since its hold is not the deepest, goes on. */
  wake(sleeper: Sleeper): void {
    sleeper.through!.sleeper = undefined
    if (!(sleeper.request instanceof Suspension)) return this.queue.grant(sleeper, undefined)
    this.queue.remove(sleeper)
    const queue = this.mutex.queue as WaitQueue<Hold | undefined>
    queue.push(sleeper)
    queue.settle()
    if (!sleeper.isGranted) look(sleeper)
  }

  fallAsleep(sleeper: Sleeper): Hold {
    const hold = this.held("wait")
    for (let each: Hold | undefined = hold; each !== undefined; each = each.parent) {
      if (each.sleeper !== undefined) {
        throw new ConditionHoldSharedError({ condition: this.name, lock: this.mutex.name })
      }
    }
    sleeper.through = hold
    this.lineUp(sleeper)
    hold.renotify = undefined
    hold.sleeper = sleeper
    this.mutex.suspend(hold)
    return hold
  }

  protected lineUp(sleeper: Sleeper): void {
    this.queue.push(sleeper)
  }

  /** Nobody will notify this sleeper any more, so it queues for the lock by itself. */
  leave(sleeper: Sleeper): void {
    this.wake(sleeper)
  }

  /** This sleeper has the lock again, or never will. */
  hasReturned(_sleeper: Sleeper): void {}

  toString(): string {
    return `${this.name}(${this.mutex}, ${this.queue.size} sleeping)`
  }

  toJSON(): unknown {
    return { _id: "Condition", name: this.name, lock: this.mutex.toJSON(), sleeping: this.queue.size }
  }

  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return this.toString()
  }
}

/** Who has to pass a notification on that it consumed, if it comes to nothing. */
export interface Debtor {
  owesNotification: boolean
}

export const sleep = (self: ConditionState, debtor: Debtor): Effect.Effect<void> => {
  const sleeper = new Sleeper(Fiber.getCurrent()!, undefined)
  const granted = Effect.callback<unknown>((resume) => {
    sleeper.resume = () => resume(Effect.void)
    if (sleeper.queue === undefined) resume(Effect.void)
  })
  const through = Effect.uninterruptibleMask((restore) => {
    const hold = self.fallAsleep(sleeper)
    return Effect.flatMap(Effect.exit(restore(granted)), (exit) => {
      // Interrupted while asleep.
      if (sleeper.queue !== undefined && sleeper.queue === self.queue) self.leave(sleeper)
      return Effect.flatMap(sleeper.queue === undefined ? Effect.void : granted, () => {
        self.hasReturned(sleeper)
        // What the lock may fail with is in the condition's type.
        if (sleeper.failure !== undefined) return sleeper.failure as Exit.Exit<never>
        if (Exit.isFailure(exit)) return exit
        debtor.owesNotification = true
        hold.renotify = () => self.notify(1)
        return Effect.void
      })
    })
  })
  // Outside of the mask, whose end may itself interrupt: only here is it known whether the wait as a whole succeeded.
  return Effect.onExitPrimitive(through, (exit) => {
    if (Exit.isFailure(exit) && sleeper.isNotified) {
      debtor.owesNotification = false
      sleeper.through!.renotify = undefined
      self.notify(1)
    }
    return undefined
  })
}

// One body for both forms: `waitFor` tells an effect's own E and R.
export const waitUntil = (
  condition: ConditionState,
  predicate: (() => boolean) | Effect.Effect<boolean>
): Effect.Effect<void> =>
  Effect.suspend(() => {
    condition.held("waitFor")
    const debtor: Debtor = { owesNotification: false }
    const look = Effect.isEffect(predicate) ? predicate : Effect.sync(predicate)
    const loop: Effect.Effect<void> = Effect.flatMap(look, (isTrue) => {
      debtor.owesNotification = false
      return isTrue ? Effect.void : Effect.flatMap(sleep(condition, debtor), () => loop)
    })
    return Effect.onExitPrimitive(loop, (exit) => {
      if (Exit.isFailure(exit) && debtor.owesNotification) condition.notify(1)
      return undefined
    })
  })
