/**
 * State of several cells in shared memory that changes as a whole: one OS thread at a time works on it, for some hundred
 * nanoseconds, and if that one dies meanwhile, whatever it had changed is changed back. So state is never seen half done, and
 * what is written here about it need not think of deaths.
 *
 * Others spin until it is their turn: nothing is waited for inside. Each cell's old value is noted before it is changed; there is
 * one note of what is under way, which the next who comes takes back if its author did not get to the end.
 */
import { compareExchange, load, notify, pause, read, store, wait, write } from "../atomics.ts"
import type { OsThreads } from "./osThreads.ts"
import { mayBlock } from "./platform.ts"

/** Where the monitor's own cells are: its owner, how many notes there are, and the notes. */
const Cell = { owner: 0, notes: 1, first: 2 } as const

/** How often it is tried before somebody looks whether the owner lives, or goes to sleep for a moment. */
const spins = 200

/** How many cells a monitor has whose changes are of so many cells at most. */
export const monitorSize = (changes: number): number => Cell.first + 2 * changes

export class Monitor {
  private readonly cells: Int32Array
  private readonly at: number
  private readonly threads: OsThreads
  private notes = 0
  private notified: Array<number> = []

  /** The monitor's own cells begin at `at`. */
  constructor(cells: Int32Array, at: number, threads: OsThreads) {
    this.cells = cells
    this.at = at
    this.threads = threads
  }

  /** Changes the state: what `change` does to it with `set` is done wholly or not at all. It must not wait. */
  run<A>(change: () => A): A {
    this.enter()
    try {
      return change()
    } catch (error) {
      this.undo()
      throw error
    } finally {
      this.leave()
    }
  }

  get(cell: number): number {
    return read(this.cells, cell)
  }

  set(cell: number, value: number): void {
    const before = read(this.cells, cell)
    if (before === value) return
    const note = this.at + Cell.first + 2 * this.notes
    write(this.cells, note, cell)
    write(this.cells, note + 1, before)
    // What comes before an atomic store is seen before it, and what comes after it after.
    store(this.cells, this.at + Cell.notes, ++this.notes)
    write(this.cells, cell, value)
  }

  /** Wakes who waits on the cell, as soon as the monitor is left: one that is awake sooner would only spin. */
  notifies(cell: number): void {
    this.notified.push(cell)
  }

  private enter(): void {
    const { at, cells, threads } = this
    for (let tries = 1;; tries++) {
      const owner = compareExchange(cells, at + Cell.owner, 0, threads.me)
      if (owner === 0) break
      if (tries % spins !== 0) {
        pause()
        continue
      }
      if (!threads.isAlive(owner) && compareExchange(cells, at + Cell.owner, owner, threads.me) === owner) {
        this.undo()
        break
      }
      // Nobody is told when it is left, since that is soon. One that has to go on spins on.
      if (mayBlock) wait(cells, at + Cell.owner, owner, 1)
    }
    this.notes = 0
  }

  private undo(): void {
    const { at, cells } = this
    for (let notes = load(cells, at + Cell.notes); notes > 0; notes--) {
      const note = at + Cell.first + 2 * (notes - 1)
      store(cells, load(cells, note), load(cells, note + 1))
      store(cells, at + Cell.notes, notes - 1)
    }
    this.notes = 0
  }

  private leave(): void {
    const { at, cells } = this
    if (this.notes > 0) store(cells, at + Cell.notes, 0)
    store(cells, at + Cell.owner, 0)
    const { notified } = this
    if (notified.length === 0) return
    this.notified = []
    for (const cell of notified) notify(cells, cell)
  }
}
