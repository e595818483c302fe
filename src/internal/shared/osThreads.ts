/**
 * Which OS threads there are, in shared memory: a table in which each of those that use a shared primitive has a row, so that
 * any of them can tell whether another is still alive. The table goes along with every primitive, as the memory that it is.
 *
 * The number of an OS thread is never used again, so a dead owner's number in a lock stays that of a dead one. A row is, once its
 * OS thread has ended. While one enters itself the number is negative: it has nothing yet, and is not to be taken for dead.
 */
import { compareExchange, load, store } from "../atomics.ts"
import { allocate } from "./memory.ts"
import * as platform from "./platform.ts"

/** How many OS threads may use shared primitives at once. */
const rows = 1024

const header = 4
const Cell = { number: 0, kernelId: 1, dead: 2 } as const
const stride = 3

/** Numbers from here on have no room in a lock's word. */
const most = 2 ** 27

/** Whether an OS thread is alive, as far as its row does not tell. */
type Liveness = (kernelId: number) => boolean

export class OsThreads {
  readonly cells: Int32Array
  /** The number of this OS thread: 1 more than Node's, since 0 is nobody. */
  readonly me: number
  private readonly isRunning: Liveness

  /** Enters `number` into the table. */
  constructor(cells: Int32Array, number: number, kernelId: number, isRunning: Liveness) {
    this.cells = cells
    this.me = number
    this.isRunning = isRunning
    this.enter(kernelId)
  }

  /** A new number for something in this process. */
  nextId(): number {
    for (;;) {
      const last = load(this.cells, 0)
      if (compareExchange(this.cells, 0, last, last + 1) === last) return last + 1
    }
  }

  /** Whether the OS thread with this number may still do something. */
  isAlive(number: number): boolean {
    if (number === this.me) return true
    const row = this.rowOf(number)
    if (row === undefined) return false
    if (load(this.cells, row + Cell.dead) === number) return false
    const kernelId = load(this.cells, row + Cell.kernelId)
    if (kernelId === 0 || this.isRunning(kernelId)) return true
    // The row may have changed hands since.
    if (load(this.cells, row + Cell.number) === number) store(this.cells, row + Cell.dead, number)
    return false
  }

  /** Notes that it has ended. */
  ended(number: number): void {
    const row = this.rowOf(number)
    if (row !== undefined) store(this.cells, row + Cell.dead, number)
  }

  private rowOf(number: number): number | undefined {
    for (let i = 0; i < rows; i++) {
      const row = rowAt(number + i)
      const there = load(this.cells, row + Cell.number)
      if (there === number) return row
      // Rows are filled from there on, and never emptied.
      if (there === 0) return undefined
    }
    return undefined
  }

  private enter(kernelId: number): void {
    const row = this.claim()
    store(this.cells, row + Cell.kernelId, kernelId)
    store(this.cells, row + Cell.number, this.me)
    if (kernelId === 0) return
    // The kernel uses its numbers again, so whoever had this one is dead.
    for (let other = header; other < header + rows * stride; other += stride) {
      if (other === row) continue
      // The number first: a row that changes hands has its new kernel's number before its new number.
      const number = load(this.cells, other + Cell.number)
      if (number > 0 && load(this.cells, other + Cell.kernelId) === kernelId) {
        store(this.cells, other + Cell.dead, number)
      }
    }
  }

  private claim(): number {
    if (this.me >= most) throw new RangeError(`OS thread ${this.me}: this process has had too many to share locks.`)
    for (let i = 0; i < rows; i++) {
      const row = rowAt(this.me + i)
      const there = load(this.cells, row + Cell.number)
      if (there < 0 || there > 0 && this.isAlive(there)) continue
      if (compareExchange(this.cells, row + Cell.number, there, -this.me) === there) return row
    }
    throw new RangeError(`More than ${rows} OS threads at once use shared primitives.`)
  }
}

const rowAt = (place: number): number => header + place % rows * stride

/** An empty table. Its second and third cell tell it from any other. */
const emptyTable = (): Int32Array => {
  const cells = new Int32Array(allocate(4 * (header + rows * stride), "The table of OS threads"))
  for (const cell of [1, 2]) store(cells, cell, Math.floor(Math.random() * 2 ** 31))
  return cells
}

const idOf = (cells: Int32Array): string => `${load(cells, 1)}-${load(cells, 2)}`

// Shared memory is another object each time that it arrives.
const tables = new Map<string, OsThreads>()
let own: OsThreads | undefined

const join = (cells: Int32Array): OsThreads => {
  const id = idOf(cells)
  const known = tables.get(id)
  if (known !== undefined) return known
  if (tables.size === 0) platform.onWorkerEnd(osThreadEnded)
  const joined = new OsThreads(
    cells,
    (platform.threadId ?? browserId(cells)) + 1,
    platform.kernelId(),
    platform.isRunning
  )
  tables.set(id, joined)
  return joined
}

/** Where threads have no numbers, the table numbers them. */
const browserId = (cells: Int32Array): number => {
  for (;;) {
    const last = load(cells, 3)
    if (compareExchange(cells, 3, last, last + 1) === last) return last
  }
}

/** The table of what this OS thread makes, or, given its cells, of what it has been sent. */
export const osThreads = (cells?: Int32Array): OsThreads =>
  cells === undefined ? own ??= join(emptyTable()) : join(cells)

/** Has everybody know at once that an OS thread has ended. */
export const osThreadEnded = (threadId: number): void => {
  for (const table of tables.values()) table.ended(threadId + 1)
}
