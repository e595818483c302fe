/**
 * What one OS thread makes of a condition in shared memory: its fibers that sleep, in a line of their own, whose holds are suspended as
 * those of a local condition are; and the forms that block the OS thread.
 */
import * as Effect from "effect/Effect"
import { ConditionState } from "../condition.ts"
import type { Sleeper } from "../condition.ts"
import type { Hold } from "../hold.ts"
import type { WaitQueue } from "../waitQueue.ts"
import { CannotBlockError, mayWait, sleepsLong } from "./blocking.ts"
import { ConditionCells, conditionSize } from "./conditionCells.ts"
import type { OsThreads } from "./osThreads.ts"
import { share, viewsOf } from "./sharedData.ts"
import type { SharedData } from "./sharedData.ts"
import { sharedMutex, shareMutex } from "./sharedMutex.ts"
import type { SharedMutex } from "./sharedMutex.ts"
import { SharedQueue } from "./sharedQueue.ts"
import type { Desk } from "./sharedQueue.ts"

export class SharedConditionState extends ConditionState implements Desk<Hold | undefined> {
  readonly lock: SharedMutex
  private readonly shared: ConditionCells

  constructor(data: SharedConditionData, threads: OsThreads) {
    const lock = sharedMutex(data.lock, threads)
    super(lock, data.name, (condition: SharedConditionState) => new SharedQueue<Hold | undefined>(condition, condition))
    this.lock = lock
    this.shared = new ConditionCells(data.memory, threads)
    this.shared.look()
  }

  override notify(n: number): void {
    this.shared.notify(n)
    this.queue.settle()
  }

  /** Tells those here who were notified. */
  serve(queue: WaitQueue<Hold | undefined>): void {
    super.notify(this.shared.collect(Infinity))
    if (queue.first !== undefined) this.listen()
  }

  private listen(): void {
    const { cells, expected, mailbox } = this.shared
    ;(this.queue as SharedQueue<Hold | undefined>).sleep(cells, mailbox, expected)
  }

  protected override lineUp(sleeper: Sleeper): void {
    this.shared.fallAsleep()
    super.lineUp(sleeper)
    // It is not to be told of anything before it has given the lock back.
    this.listen()
  }

  override leave(sleeper: Sleeper): void {
    // Whoever is notified in this very moment is not one that leaves.
    while (sleeper.queue === this.queue) {
      if (this.shared.leave()) super.leave(sleeper)
      else this.queue.settle()
    }
  }

  override hasReturned(sleeper: Sleeper): void {
    if (sleeper.isNotified) this.shared.settle()
  }

  woken(isOverdue: boolean): void {
    if (isOverdue && this.look()) {
      for (let sleeper = this.queue.first; sleeper !== undefined; sleeper = this.queue.first) {
        this.leave(sleeper as Sleeper)
      }
    }
    this.queue.settle()
  }

  deserted(): void {
    ;(this.queue as SharedQueue<Hold | undefined>).rouse()
  }

  /** Sees to what the dead have left. True if it is the lock, so that nobody will notify any more. */
  private look(): boolean {
    this.shared.look()
    return this.lock.refusal() !== undefined
  }

  /** Dies unless the synchronous code that runs now holds the lock. */
  heldSync(operation: string): void {
    if (!this.lock.isHeldSync) throw this.notHeld(operation)
  }

  waitSync(operation = "waitSync"): void {
    this.heldSync(operation)
    const { lock, shared } = this
    if (!lock.isOfSync) {
      throw new CannotBlockError({
        operation: `Condition.${operation}`,
        primitive: this.name,
        advice: "An effect holds the lock: use Condition.wait there, or withLockSync here."
      })
    }
    const ask = mayWait(`Condition.${operation}`, this.name)
    ask()
    let isNotified = false
    const sleep = () => {
      try {
        while (!(isNotified = shared.collect(1) > 0)) {
          ask()
          const isOverdue = sleepsLong(shared)
          if (isOverdue && this.look()) return
        }
      } finally {
        // Nobody will notify it any more; unless somebody just has.
        if (!isNotified && !shared.leave()) isNotified = shared.collect(1) > 0
      }
    }
    lock.renotify = undefined
    // What the fibers here were given before is not for this one.
    this.queue.settle()
    shared.fallAsleep()
    try {
      lock.givenBack(sleep)
      lock.renotify = () => this.notify(1)
    } catch (error) {
      if (isNotified) this.notify(1)
      throw error
    } finally {
      if (isNotified) shared.settle()
    }
  }

  waitForSync(predicate: () => boolean): void {
    this.heldSync("waitForSync")
    let owesNotification = false
    try {
      while (!predicate()) {
        owesNotification = false
        this.waitSync("waitForSync")
        owesNotification = true
      }
    } catch (error) {
      if (owesNotification) this.notify(1)
      throw error
    }
  }

  notifySync(n: number, operation: string): void {
    this.heldSync(operation)
    this.notify(n)
  }

  /** Repairs what a dead owner of the lock has left, and has everybody who sleeps look at it. */
  recover<A, E, R>(repair: Effect.Effect<A, E, R>): Effect.Effect<boolean, E, R> {
    return this.lock.recover(Effect.tap(repair, () => Effect.sync(() => this.notify(Infinity))))
  }
}

/** A condition's lock goes along with it. */
interface SharedConditionData extends SharedData {
  readonly lock: SharedData
}

export const conditionViews = viewsOf(
  "Condition",
  (data: SharedConditionData, threads) => new SharedConditionState(data, threads)
)

/** A new condition in shared memory, on this shared lock, as plain data. */
export const shareCondition = (
  lock: unknown = shareMutex("RLock", undefined),
  name: string | undefined
): SharedConditionData => {
  sharedMutex(lock)
  return { ...share("Condition", conditionSize, name), lock: lock as SharedData }
}

/** What is behind a shared condition here. */
export const sharedCondition = (condition: unknown): SharedConditionState =>
  conditionViews.of(condition as SharedConditionData)
