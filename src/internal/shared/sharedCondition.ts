/**
 * A condition in shared memory. The sleepers of an OS thread stand in a line of their own here; in memory each OS thread has
 * written how many it has, and finds there how many of them were notified. Whoever notifies chooses among the OS threads.
 *
 * A notification stays written down until its sleeper has the lock again. If its OS thread dies before, another gets it; if it dies
 * after, it dies with the lock, which everybody hears of.
 */
import * as Effect from "effect/Effect"
import { ConditionState } from "../condition.ts"
import type { Sleeper } from "../condition.ts"
import type { Hold } from "../hold.ts"
import type { WaitQueue } from "../waitQueue.ts"
import { CannotBlockError, mayWait, sleepsLong } from "./blocking.ts"
import { Column, Members, membersSize, mostMembers } from "./members.ts"
import { Monitor, monitorSize } from "./monitor.ts"
import type { OsThreads } from "./osThreads.ts"
import { firstCell, share, viewsOf } from "./sharedData.ts"
import type { SharedData } from "./sharedData.ts"
import { sharedMutex, shareMutex } from "./sharedMutex.ts"
import type { SharedMutex } from "./sharedMutex.ts"
import { SharedQueue } from "./sharedQueue.ts"
import type { Desk } from "./sharedQueue.ts"

const tickets = firstCell

/**
 * How many sleepers a member has that were not notified; how many that were, and have not got the lock since; and whose turn it is
 * among those with sleepers.
 */
const Own = { asleep: Column.first, notified: Column.first + 1, ticket: Column.first + 2 } as const
const columns = 3

const monitorAt = firstCell + 1
const membersAt = monitorAt + monitorSize(mostMembers * (2 * columns + 2) + 2)

/** The state, as one OS thread works with it. */
export class ConditionCells {
  readonly cells: Int32Array
  /** Where this OS thread is told of notifications, and what is there if it was not since it looked last. */
  mailbox = 0
  expected = 0
  /** How many of the notifications given to this OS thread have found their sleeper. */
  private handedOut = 0
  private readonly monitor: Monitor
  private readonly members: Members

  constructor(cells: Int32Array, threads: OsThreads) {
    this.cells = cells
    this.monitor = new Monitor(cells, monitorAt, threads)
    this.members = new Members(cells, membersAt, columns, this.monitor, threads)
  }

  /** One more sleeps here. */
  fallAsleep(): void {
    const { members, monitor } = this
    monitor.run(() => {
      const { mine } = members
      const asleep = monitor.get(mine + Own.asleep)
      if (asleep === 0) this.queueUp(mine)
      monitor.set(mine + Own.asleep, asleep + 1)
      this.listen(mine)
    })
  }

  /** How many more sleepers here are notified, up to so many, who are to be told now. */
  collect(most: number): number {
    const { members, monitor } = this
    return monitor.run(() => {
      const { mine } = members
      this.listen(mine)
      const fresh = Math.min(monitor.get(mine + Own.notified) - this.handedOut, most)
      this.handedOut += fresh
      return fresh
    })
  }

  /** One sleeps no more without having been notified. False if any here is notified whom nobody has told yet. */
  leave(): boolean {
    const { members, monitor } = this
    return monitor.run(() => {
      const { mine } = members
      if (monitor.get(mine + Own.notified) !== this.handedOut) return false
      monitor.set(mine + Own.asleep, monitor.get(mine + Own.asleep) - 1)
      return true
    })
  }

  /** One that was notified has the lock. */
  settle(): void {
    const { members, monitor } = this
    monitor.run(() => {
      const { mine } = members
      monitor.set(mine + Own.notified, monitor.get(mine + Own.notified) - 1)
    })
    this.handedOut--
  }

  /** Notifies up to so many, wherever they sleep. */
  notify(n: number): void {
    this.monitor.run(() => this.choose(n))
  }

  /** Notifies others in the place of those who have died meanwhile. */
  look(): void {
    const { members, monitor } = this
    monitor.run(() => {
      let left = 0
      members.sweep((row) => left += monitor.get(row + Own.notified))
      this.choose(left)
    })
  }

  private listen(row: number): void {
    this.mailbox = row + Column.mailbox
    this.expected = this.monitor.get(this.mailbox)
  }

  private queueUp(row: number): void {
    const { monitor } = this
    const ticket = monitor.get(tickets)
    monitor.set(row + Own.ticket, ticket)
    monitor.set(tickets, ticket + 1 | 0)
  }

  /** One of each OS thread in turn. */
  private choose(n: number): void {
    const { members, monitor } = this
    const all = []
    for (let row = members.first; n > 0 && row < members.end; row += members.stride) {
      const asleep = monitor.get(row + Own.asleep)
      if (asleep > 0) all.push({ row, asleep, ticket: monitor.get(row + Own.ticket), chosen: 0 })
    }
    const line = all.toSorted((a, b) => a.ticket - b.ticket | 0)
    if (n === Infinity) { for (const member of line.splice(0)) member.chosen = member.asleep }
    for (let member = line.shift(); member !== undefined; member = --n > 0 ? line.shift() : undefined) {
      if (++member.chosen < member.asleep) line.push(member)
    }
    for (const { asleep, chosen, row } of all) {
      if (chosen === 0) continue
      monitor.set(row + Own.asleep, asleep - chosen)
      monitor.set(row + Own.notified, monitor.get(row + Own.notified) + chosen)
      if (row + Column.mailbox !== this.mailbox) members.wake(row)
    }
    for (const { chosen, row } of line) if (chosen > 0) this.queueUp(row)
  }
}

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
  return { ...share("Condition", membersAt + membersSize(columns), name), lock: lock as SharedData }
}

/** What is behind a shared condition here. */
export const sharedCondition = (condition: unknown): SharedConditionState =>
  conditionViews.of(condition as SharedConditionData)
