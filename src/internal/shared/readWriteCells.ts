/**
 * What several OS threads know of a read-write lock: who writes, how many read, and which of them wait for what. Each stands in line
 * for all of its own that wait.
 *
 * Who goes next has the turn: nobody else goes before. All OS threads whose readers wait have it once no writer waits, or some have
 * gone before them; the first in line to write has it once some have gone before it, and else is woken to try. So whoever comes
 * just then may be quicker, but not time and again; and it need not wait for one that is busy.
 */
import { load } from "../atomics.ts"
import { patience } from "../readWriteLock.ts"
import type { Mode } from "../readWriteLock.ts"
import type { Attempt } from "./lockWord.ts"
import { Column, Members, membersSize, mostMembers } from "./members.ts"
import { Monitor, monitorSize } from "./monitor.ts"
import type { OsThreads } from "./osThreads.ts"
import { firstCell } from "./sharedData.ts"

/** The number of who writes; how many read; who died writing, if that was not repaired; how many went before others, in a row. */
const Cell = {
  writer: firstCell,
  readers: firstCell + 1,
  dead: firstCell + 2,
  beforeReaders: firstCell + 3,
  beforeWriter: firstCell + 4,
  tickets: firstCell + 5
} as const

/** How many holds for reading a member has; what it wants; since when it wants to write, in numbers of those who came to. */
const Own = { reads: Column.first, wants: Column.first + 1, ticket: Column.first + 2 } as const
const columns = 3

const Want = { read: 1, write: 2, readTurn: 4, writeTurn: 8 } as const

const monitorAt = firstCell + 6
const membersAt = monitorAt + monitorSize(mostMembers * (columns + 4))

export const readWriteSize = membersAt + membersSize(columns)

/** How often in a row the first in line to write may be overtaken. */
const writerPatience = 8

export class ReadWriteCells {
  readonly cells: Int32Array
  /** Where this OS thread is notified, and what is there if it has not been. */
  mailbox = 0
  expected = 0
  /** What this OS thread stands in line for. */
  private wants = 0
  private readonly monitor: Monitor
  private readonly members: Members
  private readonly threads: OsThreads

  constructor(cells: Int32Array, threads: OsThreads) {
    this.cells = cells
    this.threads = threads
    this.monitor = new Monitor(cells, monitorAt, threads)
    this.members = new Members(cells, membersAt, columns, this.monitor, threads)
  }

  /** The number of the OS thread that writes, or repairs; 0 if none does. */
  get writer(): number {
    return load(this.cells, Cell.writer)
  }

  get readers(): number {
    return load(this.cells, Cell.readers)
  }

  /** The number of the OS thread that died while it wrote, if that was not repaired; 0 if none did. */
  get dead(): number {
    return load(this.cells, Cell.dead)
  }

  get isAbandoned(): boolean {
    return this.dead !== 0 && this.writer === 0
  }

  /**
   * Takes it for so many readers, or a writer, if it is to be had and their turn. One that `waits` is in line from then on if it is
   * not. One that is overdue asks for no turn while nobody has it, since whose turn it is may be busy, or dead.
   */
  take(mode: Mode, count: number, waits: boolean, isOverdue = false): Attempt {
    return this.monitor.run(() => {
      if (this.isAbandoned) return "abandoned"
      const { first, members: { mine } } = this
      const isFree = this.writer === 0 && (mode === "read" || this.readers === 0)
      const isTurn = isOverdue && this.readers === 0 || this.isTurn(mode, mine, waits, first)
      if (!isFree || !isTurn) {
        if (waits) this.lineUp(mode, mine)
        return "held"
      }
      if (waits) this.leaveLine(mode, mine)
      if (mode === "read") this.addReaders(count, mine)
      else this.startWriting(first === undefined || first === mine)
      return "taken"
    })
  }

  /** Reads inside of another hold of this OS thread. */
  takeAgain(): void {
    this.monitor.run(() => this.addReaders(1, this.members.mine))
  }

  /** Takes it to repair what a dead writer has left; false if there is nothing to repair, or somebody does. */
  takeForRepair(): boolean {
    return this.monitor.run(() => {
      if (!this.isAbandoned) return false
      // Who has no row is not found should it die.
      void this.members.mine
      this.monitor.set(Cell.writer, this.threads.me)
      return true
    })
  }

  giveBack(mode: Mode): void {
    this.monitor.run(() => {
      if (mode === "read") this.addReaders(-1, this.members.mine)
      else this.monitor.set(Cell.writer, 0)
      this.wakeNext()
    })
  }

  repaired(): void {
    this.monitor.run(() => this.monitor.set(Cell.dead, 0))
  }

  /** This OS thread waits for no more than these. */
  leave(isReadWanted: boolean, isWriteWanted: boolean): void {
    const read = isReadWanted ? 0 : Want.read
    const write = isWriteWanted ? 0 : Want.write
    if ((this.wants & (read | write)) === 0) return
    this.monitor.run(() => {
      const { mine } = this.members
      if (read !== 0) this.leaveLine("read", mine)
      if (write !== 0) this.leaveLine("write", mine)
      this.wakeNext()
    })
  }

  /** Takes from the dead what they had. */
  look(): void {
    const { members, monitor } = this
    monitor.run(() => {
      const hasBuried = members.sweep((row) => {
        const number = monitor.get(row + Column.number)
        monitor.set(Cell.readers, this.readers - monitor.get(row + Own.reads))
        if (this.writer !== number) return
        monitor.set(Cell.writer, 0)
        monitor.set(Cell.dead, number)
      })
      if (hasBuried) this.wakeNext()
    })
  }

  private addReaders(count: number, mine: number): void {
    const { monitor } = this
    monitor.set(Cell.readers, this.readers + count)
    monitor.set(mine + Own.reads, monitor.get(mine + Own.reads) + count)
  }

  private startWriting(isFirst: boolean): void {
    const { monitor } = this
    monitor.set(Cell.writer, this.threads.me)
    monitor.set(Cell.beforeWriter, isFirst ? 0 : monitor.get(Cell.beforeWriter) + 1)
    monitor.set(Cell.beforeReaders, this.isAnywhere(Want.read) ? monitor.get(Cell.beforeReaders) + 1 : 0)
  }

  private isTurn(mode: Mode, mine: number, waits: boolean, first: number | undefined): boolean {
    if (mode === "read") return first === undefined || waits && (this.wantsOf(mine) & Want.readTurn) !== 0
    return this.rows.every((row) => {
      const turn = this.wantsOf(row) & (Want.readTurn | Want.writeTurn)
      return turn === 0 || turn === Want.writeTurn && row === mine
    })
  }

  private wantsOf(row: number): number {
    return this.monitor.get(row + Own.wants)
  }

  private get rows(): ReadonlyArray<number> {
    const rows: Array<number> = []
    for (let row = this.members.first; row < this.members.end; row += this.members.stride) rows.push(row)
    return rows
  }

  private isAnywhere(want: number): boolean {
    return this.rows.some((row) => (this.wantsOf(row) & want) !== 0)
  }

  /** The row of who has waited longest to write. */
  private get first(): number | undefined {
    let first: number | undefined
    for (const row of this.rows) {
      if ((this.wantsOf(row) & Want.write) !== 0 && (first === undefined || this.isBefore(row, first))) first = row
    }
    return first
  }

  private isBefore(row: number, other: number): boolean {
    return (this.monitor.get(row + Own.ticket) - this.monitor.get(other + Own.ticket) | 0) < 0
  }

  private lineUp(mode: Mode, mine: number): void {
    const { monitor } = this
    const before = this.wantsOf(mine)
    if (mode === "write" && (before & Want.write) === 0) {
      const ticket = monitor.get(Cell.tickets)
      monitor.set(mine + Own.ticket, ticket)
      monitor.set(Cell.tickets, ticket + 1 | 0)
    }
    monitor.set(mine + Own.wants, before | Want[mode])
    this.wants |= Want[mode]
    this.mailbox = mine + Column.mailbox
    this.expected = monitor.get(this.mailbox)
  }

  private leaveLine(mode: Mode, mine: number): void {
    const left = mode === "read" ? Want.read | Want.readTurn : Want.write | Want.writeTurn
    if ((this.wants & left) !== 0) this.monitor.set(mine + Own.wants, this.wantsOf(mine) & ~left)
    this.wants &= ~left
  }

  /** Once something has changed that others may have waited for. */
  private wakeNext(): void {
    const { first, members, monitor } = this
    if (this.writer !== 0) return
    if (this.isAbandoned) return this.rows.forEach((row) => this.wantsOf(row) !== 0 && members.wake(row))
    const areReadersNext = first === undefined || monitor.get(Cell.beforeReaders) >= patience
    // Who has the turn may have found it taken by one that was overdue.
    if (this.isAnywhere(Want.readTurn) || areReadersNext && this.isAnywhere(Want.read)) {
      monitor.set(Cell.beforeReaders, 0)
      return this.letReadersGo()
    }
    if (first === undefined || this.readers !== 0) return
    if (monitor.get(Cell.beforeWriter) >= writerPatience) {
      monitor.set(first + Own.wants, this.wantsOf(first) | Want.writeTurn)
    }
    members.wake(first)
  }

  private letReadersGo(): void {
    for (const row of this.rows) {
      if ((this.wantsOf(row) & Want.read) === 0) continue
      this.monitor.set(row + Own.wants, this.wantsOf(row) | Want.readTurn)
      this.members.wake(row)
    }
  }
}
