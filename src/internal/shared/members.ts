/**
 * The OS threads that use one shared primitive: each has a row of the primitive's memory, in which the others find what it holds
 * and waits for, and a mailbox that it alone waits at, so that a wake-up reaches whom it is meant for. All of this is looked at
 * and changed inside the primitive's monitor.
 */
import { add } from "../atomics.ts"
import type { Monitor } from "./monitor.ts"
import type { OsThreads } from "./osThreads.ts"

/** How many OS threads may use one primitive at once. */
export const mostMembers = 64

/** What each row begins with; the primitive's own columns follow. An empty row is all zeros but for its mailbox. */
export const Column = { number: 0, mailbox: 1, first: 2 } as const

/** How many cells the members of a primitive take whose rows have so many columns of its own. */
export const membersSize = (columns: number): number => 1 + (Column.first + columns) * mostMembers

export class Members {
  /** A row begins every so many cells. */
  readonly stride: number
  /** Where the first row begins. How many rows have ever been used is noted before it. */
  readonly first: number
  private readonly cells: Int32Array
  private readonly monitor: Monitor
  private readonly threads: OsThreads
  private known: number | undefined

  constructor(cells: Int32Array, at: number, columns: number, monitor: Monitor, threads: OsThreads) {
    this.cells = cells
    this.first = at + 1
    this.stride = Column.first + columns
    this.monitor = monitor
    this.threads = threads
  }

  /** Where the rows end. */
  get end(): number {
    return this.first + this.stride * this.monitor.get(this.first - 1)
  }

  /** Where this OS thread's row begins. It gets one when it first needs one. */
  get mine(): number {
    const { known } = this
    if (known !== undefined && this.numberOf(known) === this.threads.me) return known
    return this.known = this.find()
  }

  private numberOf(row: number): number {
    return this.monitor.get(row + Column.number)
  }

  private find(): number {
    const { end, first, stride, threads: { me } } = this
    let free: number | undefined
    for (let row = first; row < end; row += stride) {
      const number = this.numberOf(row)
      if (number === me) return row
      if (number === 0) free ??= row
    }
    if (free === undefined) {
      if (end === first + stride * mostMembers) {
        throw new RangeError(`More than ${mostMembers} OS threads at once use one shared primitive.`)
      }
      free = end
      this.monitor.set(first - 1, (end - first) / stride + 1)
    }
    this.monitor.set(free + Column.number, me)
    return free
  }

  /** Empties the rows of those who have died, after `bury` has seen to what they had. False if there are none. */
  sweep(bury: (row: number) => void): boolean {
    const { end, first, stride } = this
    let hasBuried = false
    for (let row = first; row < end; row += stride) {
      const number = this.numberOf(row)
      if (number === 0 || this.threads.isAlive(number)) continue
      bury(row)
      for (let column = 0; column < stride; column++) {
        if (column !== Column.mailbox) this.monitor.set(row + column, 0)
      }
      hasBuried = true
    }
    return hasBuried
  }

  /** Wakes the OS thread whose row this is. */
  wake(row: number): void {
    add(this.cells, row + Column.mailbox, 1)
    this.monitor.notifies(row + Column.mailbox)
  }
}
