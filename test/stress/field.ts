/** The memory that all parties of a run work in: what they count, who is inside, and what each scenario keeps there. */
import { isRunning } from "../../src/internal/shared/platform.ts"

/** What is counted, in the first cells. */
export const Count = {
  /** Operations that were begun, how many are to be in this phase, and how many have ended. */
  begun: 0,
  target: 1,
  ended: 2,
  timeouts: 3,
  interruptions: 4,
  /** Not to be had at once, or not to be waited for here. */
  refused: 5,
  abandoned: 6,
  repairs: 7,
  /** Fibers that lined up, and sleeps of blocked OS threads. */
  parked: 8,
  blocked: 9,
  /** Operations that took longer than any should that is woken. */
  late: 10,
  /** How many parties of this phase are there. */
  ready: 11
} as const
export type Count = typeof Count[keyof typeof Count]

/** How many cells there are, and where those of a scenario begin. */
const size = 1024
export const own = 160

/** At most so many parties, and so many walkers in all. */
export const mostParties = 33
export const mostWalkers = 192

/** A party's row: the kernel's number of its OS thread, Node's, how much of it is inside, and what it has begun and not ended. */
const Row = { kernelId: 0, threadId: 1, inside: 2, open: 3 } as const
const rowAt = (slot: number): number => 16 + 4 * slot

export class Violation extends Error {
  override readonly name = "Violation"
}

export const makeCells = (): Int32Array => new Int32Array(new SharedArrayBuffer(4 * size))

export class Field {
  readonly cells: Int32Array

  constructor(cells: Int32Array) {
    this.cells = cells
  }

  get(cell: number): number {
    return Atomics.load(this.cells, cell)
  }

  set(cell: number, value: number): void {
    Atomics.store(this.cells, cell, value)
  }

  /** Adds, and answers what it is then. */
  add(cell: number, n = 1): number {
    return Atomics.add(this.cells, cell, n) + n
  }

  swap(cell: number, from: number, to: number): boolean {
    return Atomics.compareExchange(this.cells, cell, from, to) === from
  }

  atLeast(cell: number, value: number): void {
    for (let now = this.get(cell); now < value && !this.swap(cell, now, value);) now = this.get(cell)
  }

  /** Clears what is the scenario's own. */
  clear(): void {
    for (let cell = own; cell < size; cell++) this.set(cell, 0)
  }

  /** A party begins its part. */
  enlist(slot: number, kernelId: number, threadId: number): void {
    const row = rowAt(slot)
    this.set(row + Row.kernelId, kernelId)
    this.set(row + Row.threadId, threadId)
  }

  threadIdOf(slot: number): number {
    return this.get(rowAt(slot) + Row.threadId)
  }

  /** Forgets who takes part. */
  dismiss(): void {
    for (let cell = rowAt(0); cell < rowAt(mostParties); cell++) this.set(cell, 0)
  }

  open(slot: number, n: number): void {
    this.add(rowAt(slot) + Row.open, n)
  }

  enter(slot: number, weight: number): void {
    this.add(rowAt(slot) + Row.inside, weight)
  }

  leave(slot: number, weight: number): void {
    this.add(rowAt(slot) + Row.inside, -weight)
  }

  get inside(): number {
    let sum = 0
    for (let slot = 0; slot < mostParties; slot++) sum += this.get(rowAt(slot) + Row.inside)
    return sum
  }

  /** Takes out those who have died inside, if they weigh less than that. */
  bury(below: number): void {
    for (let slot = 0; slot < mostParties; slot++) {
      const row = rowAt(slot)
      const weight = this.get(row + Row.inside)
      if (weight > 0 && weight < below && !isRunning(this.get(row + Row.kernelId))) {
        this.swap(row + Row.inside, weight, 0)
      }
    }
  }

  toString(): string {
    const counts = Object.entries(Count).map(([name, cell]) => `${name} ${this.get(cell)}`).join(", ")
    const rows = Array.from({ length: mostParties }, (_, slot) => rowAt(slot))
      .filter((row) => this.get(row + Row.threadId) !== 0 || this.get(row + Row.kernelId) !== 0)
      .map((row) =>
        `OS thread ${this.get(row + Row.threadId)} (${isRunning(this.get(row + Row.kernelId)) ? "alive" : "dead"}): `
        + `${this.get(row + Row.inside)} inside, ${this.get(row + Row.open)} operations open`
      )
    return [counts, ...rows, `own: ${nonZero(this.cells, own)}`].join("\n")
  }
}

/** The cells that hold something, each with its index. */
export const nonZero = (cells: Int32Array, from = 0): string =>
  Array.from(cells)
    .map((value, index) => index >= from && value !== 0 ? `${index}:${value}` : "")
    .filter((text) => text !== "")
    .join(" ")
