/**
 * A semaphore in shared memory. Each OS thread wants permits for the first in its own line of fibers; those that wait are woken
 * oldest first. One that comes meanwhile may be quicker, though not time and again.
 */
import { load } from "../atomics.ts"
import { Column, Members, membersSize, mostMembers } from "./members.ts"
import { Monitor, monitorSize } from "./monitor.ts"
import type { OsThreads } from "./osThreads.ts"
import { firstCell } from "./sharedData.ts"

/**
 * The cells of a semaphore: permits that are free; how many there can be; how often the first in line was overtaken; how many have
 * ever come to wait; how many members wait.
 */
export const Cell = {
  free: firstCell,
  bound: firstCell + 1,
  overtaken: firstCell + 2,
  tickets: firstCell + 3,
  waiting: firstCell + 4
} as const

/** What a member holds by scope; how many it waits for, 0 if it doesn't; since when, in numbers of those who came to wait. */
const Own = { held: Column.first, wanted: Column.first + 1, ticket: Column.first + 2 } as const
const columns = 3

const monitorAt = firstCell + 5
const membersAt = monitorAt + monitorSize(mostMembers * (columns + 3))

/** How many cells it takes. */
export const semaphoreSize = membersAt + membersSize(columns)

/** More permits than this no cell can count. */
export const most = 2 ** 31 - 1

/** How often in a row the first in line may be overtaken. */
const patience = 8

/** The state, as one OS thread works with it. */
export class SemaphoreCells {
  readonly cells: Int32Array
  /** Where this OS thread is notified, and what is there if it has not been. */
  mailbox = 0
  expected = 0
  private isInLine = false
  private readonly monitor: Monitor
  private readonly members: Members

  constructor(cells: Int32Array, threads: OsThreads) {
    this.cells = cells
    this.monitor = new Monitor(cells, monitorAt, threads)
    this.members = new Members(cells, membersAt, columns, this.monitor, threads)
  }

  get free(): number {
    return load(this.cells, Cell.free)
  }

  get bound(): number {
    return load(this.cells, Cell.bound)
  }

  /**
   * Takes the permits if they are free and whose turn it is does not speak against it. One that `waits` is in line from then on if it
   * gets none; one that is overdue leaves no turn to a first in line that could go on and does not, since it is busy.
   */
  take(permits: number, isScoped: boolean, waits: boolean, isOverdue = false): boolean {
    const { members, monitor } = this
    return monitor.run(() => {
      const { mine } = members
      const first = this.first
      const overtakes = first !== undefined && first !== mine
      const overtaken = monitor.get(Cell.overtaken)
      const free = monitor.get(Cell.free)
      const isHeldUp = overtakes && overtaken >= patience && !(isOverdue && this.wantedBy(first) <= free)
      if (free < permits || isHeldUp) {
        if (waits) this.lineUp(mine, permits)
        return false
      }
      monitor.set(Cell.free, free - permits)
      if (isScoped) monitor.set(mine + Own.held, monitor.get(mine + Own.held) + permits)
      if (waits) this.leaveLine(mine)
      monitor.set(Cell.overtaken, overtakes ? overtaken + 1 : 0)
      this.wakeFirst()
      return true
    })
  }

  /** Gives permits back: false, and none, if that were too many. */
  giveBack(permits: number, isScoped: boolean): boolean {
    const { members, monitor } = this
    return monitor.run(() => {
      const free = monitor.get(Cell.free) + permits
      if (free > this.bound) return false
      monitor.set(Cell.free, free)
      if (isScoped) monitor.set(members.mine + Own.held, monitor.get(members.mine + Own.held) - permits)
      this.wakeFirst()
      return true
    })
  }

  /** This OS thread waits no longer. */
  leave(): void {
    if (!this.isInLine) return
    this.monitor.run(() => {
      this.leaveLine(this.members.mine)
      this.wakeFirst()
    })
  }

  /** Gives back what the dead have held. */
  look(): void {
    const { members, monitor } = this
    monitor.run(() => {
      const hasBuried = members.sweep((row) => {
        monitor.set(Cell.free, monitor.get(Cell.free) + monitor.get(row + Own.held))
        if (monitor.get(row + Own.wanted) > 0) this.count(-1)
      })
      if (hasBuried) this.wakeFirst()
    })
  }

  private lineUp(mine: number, permits: number): void {
    const { monitor } = this
    if (monitor.get(mine + Own.wanted) === 0) {
      const ticket = monitor.get(Cell.tickets)
      monitor.set(mine + Own.ticket, ticket)
      monitor.set(Cell.tickets, ticket + 1 | 0)
      this.count(1)
    }
    monitor.set(mine + Own.wanted, permits)
    this.mailbox = mine + Column.mailbox
    this.expected = monitor.get(this.mailbox)
    this.isInLine = true
  }

  private leaveLine(mine: number): void {
    if (!this.isInLine) return
    this.isInLine = false
    this.monitor.set(mine + Own.wanted, 0)
    this.count(-1)
  }

  private count(change: 1 | -1): void {
    this.monitor.set(Cell.waiting, this.monitor.get(Cell.waiting) + change)
  }

  /** The row of who has waited longest. */
  private get first(): number | undefined {
    const { members, monitor } = this
    if (monitor.get(Cell.waiting) === 0) return undefined
    let first: number | undefined
    let ticket = 0
    for (let row = members.first; row < members.end; row += members.stride) {
      if (monitor.get(row + Own.wanted) === 0) continue
      const its = monitor.get(row + Own.ticket)
      if (first !== undefined && (its - ticket | 0) > 0) continue
      first = row
      ticket = its
    }
    return first
  }

  private wakeFirst(): void {
    const { first, members, monitor } = this
    if (first !== undefined && this.wantedBy(first) <= monitor.get(Cell.free)) members.wake(first)
  }

  private wantedBy(row: number): number {
    return this.monitor.get(row + Own.wanted)
  }
}
