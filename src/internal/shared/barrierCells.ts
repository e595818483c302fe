/**
 * A barrier in shared memory. Whoever ends a round tells each OS thread in which somebody waits how it ended, and counts them no
 * longer; each hears of it before anybody else of it comes. So all that wait in one OS thread wait in the same round.
 */
import { load } from "../atomics.ts"
import { Column, Members, membersSize, mostMembers } from "./members.ts"
import { Monitor, monitorSize } from "./monitor.ts"
import type { OsThreads } from "./osThreads.ts"
import { firstCell } from "./sharedData.ts"

/** The cells of a barrier: for how many it is; how many wait in this round; whether it is broken. */
export const Cell = { parties: firstCell, waiting: firstCell + 1, broken: firstCell + 2 } as const

/** How many wait in this round in a member; and how the last ended in which somebody waited there, until it has heard of it. */
const Own = { waiting: Column.first, end: Column.first + 1 } as const
const columns = 2

const monitorAt = firstCell + 3
const membersAt = monitorAt + monitorSize(mostMembers * (columns + 3))

/** How many cells it takes. */
export const barrierSize = membersAt + membersSize(columns)

/** How a round has ended, if it has. */
export const End = { none: 0, passed: 1, broken: 2 } as const
export type End = typeof End[keyof typeof End]

/** The state, as one OS thread works with it. What it learns of each time is the end of the round in which it has waited so far. */
export class BarrierCells {
  readonly cells: Int32Array
  /** Where this OS thread is notified, and what is there if it has not been. */
  mailbox = 0
  expected = 0
  private readonly monitor: Monitor
  private readonly members: Members

  constructor(cells: Int32Array, threads: OsThreads) {
    this.cells = cells
    this.monitor = new Monitor(cells, monitorAt, threads)
    this.members = new Members(cells, membersAt, columns, this.monitor, threads)
  }

  get parties(): number {
    return load(this.cells, Cell.parties)
  }

  get waiting(): number {
    return load(this.cells, Cell.waiting)
  }

  get isBroken(): boolean {
    return load(this.cells, Cell.broken) !== 0
  }

  /** One comes: how many came before, if the barrier is not broken. The last one ends the round. If `mayWait` throws nobody came. */
  arrive(mayWait?: () => void): { readonly place: number | undefined; readonly end: End } {
    const { monitor, parties } = this
    let place: number | undefined
    const end = this.run((mine) => {
      const isLast = this.waiting === parties - 1
      // A round in which somebody has died does not pass.
      if (isLast) this.bury()
      if (this.isBroken) return
      place = this.waiting
      if (isLast) return this.finish(End.passed)
      mayWait?.()
      monitor.set(Cell.waiting, place + 1)
      monitor.set(mine + Own.waiting, monitor.get(mine + Own.waiting) + 1)
    })
    return { place, end }
  }

  /** One who waits here goes, which breaks the barrier if the round has not ended. */
  leave(): End {
    return this.run((mine) => {
      if (this.monitor.get(mine + Own.end) === End.none) this.break()
    })
  }

  /** Looks what has become of the round, and, if that is overdue, whether anybody in it has died. */
  look(isOverdue: boolean): End {
    return this.run(() => {
      if (isOverdue) this.bury()
    })
  }

  reset(): End {
    return this.run(() => {
      this.finish(End.broken)
      this.monitor.set(Cell.broken, 0)
    })
  }

  abort(): End {
    return this.run(() => this.break())
  }

  private run(change: (mine: number) => void): End {
    const { members, monitor } = this
    return monitor.run(() => {
      const { mine } = members
      change(mine)
      this.mailbox = mine + Column.mailbox
      this.expected = monitor.get(this.mailbox)
      // Who had yet to hear of an end has waited in no other round since, but for one who comes now.
      const end = monitor.get(mine + Own.end) as End
      if (end !== End.none) monitor.set(mine + Own.end, End.none)
      return end
    })
  }

  private finish(end: End): void {
    const { members, monitor } = this
    for (let row = members.first; row < members.end; row += members.stride) {
      if (monitor.get(row + Own.waiting) === 0) continue
      monitor.set(row + Own.waiting, 0)
      monitor.set(row + Own.end, end)
      members.wake(row)
    }
    monitor.set(Cell.waiting, 0)
  }

  private break(): void {
    this.monitor.set(Cell.broken, 1)
    this.finish(End.broken)
  }

  /** Forgets the dead. Those that waited in this round break it. */
  private bury(): void {
    let hasWaited = false
    this.members.sweep((row) => {
      hasWaited ||= this.monitor.get(row + Own.waiting) > 0
    })
    if (hasWaited) this.break()
  }
}
