/**
 * A condition in shared memory. The sleepers of an OS thread stand in a line of their own here; in memory each OS thread has
 * written how many it has, and finds there how many of them were notified. Whoever notifies chooses among the OS threads.
 *
 * A notification stays written down until its sleeper has the lock again. If its OS thread dies before, another gets it; if it dies
 * after, it dies with the lock, which everybody hears of.
 */
import { Column, Members, membersSize, mostMembers } from "./members.ts"
import { Monitor, monitorSize } from "./monitor.ts"
import type { OsThreads } from "./osThreads.ts"
import { firstCell } from "./sharedData.ts"

const tickets = firstCell

/**
 * How many sleepers a member has that were not notified; how many that were, and have not got the lock since; and whose turn it is
 * among those with sleepers.
 */
const Own = { asleep: Column.first, notified: Column.first + 1, ticket: Column.first + 2 } as const
const columns = 3

const monitorAt = firstCell + 1
const membersAt = monitorAt + monitorSize(mostMembers * (2 * columns + 2) + 2)

/** How many cells it takes. */
export const conditionSize = membersAt + membersSize(columns)

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
