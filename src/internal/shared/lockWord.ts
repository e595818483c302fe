/**
 * A lock between OS threads in one word of shared memory: its owner's number and what the others want of it, so that acquiring
 * and owning are one compare-exchange, with no moment between.
 *
 * Whoever releases wakes one waiter, and whoever comes first takes it, so a waiter may lose; one that has lost often reserves
 * the next turn for those like it. A wake-up may be lost with an OS thread that dies, or is busy; and an owner may die. So every
 * wait is bounded, and who has waited that long looks again: at the word, and whether its owner lives. A dead owner's lock is
 * marked, and nobody gets it until it was repaired.
 */
import { compareExchange, load, notify, pause, wait } from "../atomics.ts"
import type { OsThreads } from "./osThreads.ts"

const Flag = {
  /** Somebody may be waiting. */
  waiters: 1,
  /** Nobody has it: the owner that is named has died, and left it unrepaired. */
  marked: 2,
  /** The owner repairs what a dead one has left. */
  repairing: 4,
  /** Only who has lost often may take it next. */
  reserved: 8
} as const

const shift = 4

/** What became of an attempt to take it. */
export type Attempt = "taken" | "held" | "abandoned"

/** How often a waiter may lose before the next turn is one's like it. */
const patience = 3

/** How long a waiter sleeps, in milliseconds, before it looks again. */
export const lookAfter = 250

const spins = 40

/** One who waits, as far as the lock is concerned. */
export class Contender {
  hasWaited = false
  lost = 0
  isOverdue = false

  get isPatient(): boolean {
    return this.lost < patience && !this.isOverdue
  }

  reset(): void {
    this.hasWaited = false
    this.lost = 0
    this.isOverdue = false
  }
}

export class LockWord {
  readonly cells: Int32Array
  readonly index: number
  private readonly threads: OsThreads
  private readonly mine: number
  /** The number of the dead owner of whom was heard here last. */
  lastDead = 0

  constructor(cells: Int32Array, index: number, threads: OsThreads) {
    this.cells = cells
    this.index = index
    this.threads = threads
    this.mine = threads.me << shift
  }

  /** The number of the OS thread that holds it, 0 if none does. */
  get owner(): number {
    const word = load(this.cells, this.index)
    return (word & Flag.marked) === 0 ? word >>> shift : 0
  }

  /** The number of the OS thread that died while it held it, if that was not repaired. */
  get deadOwner(): number | undefined {
    const word = load(this.cells, this.index)
    return (word & Flag.marked) === 0 ? undefined : this.lastDead = word >>> shift
  }

  get isMine(): boolean {
    return this.owner === this.threads.me
  }

  get isBeingRepaired(): boolean {
    return (load(this.cells, this.index) & Flag.repairing) !== 0
  }

  get hasWaiters(): boolean {
    return (load(this.cells, this.index) & Flag.waiters) !== 0
  }

  private exchange(from: number, to: number): boolean {
    return compareExchange(this.cells, this.index, from, to) === from
  }

  /** Takes it if it is free, and nobody waits for whom it is reserved. */
  takeFresh(): Attempt {
    return this.exchange(0, this.mine) ? "taken" : this.take(undefined)
  }

  take(contender: Contender | undefined): Attempt {
    for (;;) {
      const word = load(this.cells, this.index)
      if ((word & Flag.marked) !== 0) {
        this.lastDead = word >>> shift
        return "abandoned"
      }
      if (word >>> shift !== 0) return "held"
      if ((word & Flag.reserved) !== 0 && contender?.isPatient !== false) return "held"
      // Others may wait as well, of whom the word no longer tells.
      const waiters = contender?.hasWaited === true ? Flag.waiters : word & Flag.waiters
      if (this.exchange(word, this.mine | waiters)) return "taken"
    }
  }

  /**
   * Makes known that somebody waits: what the word is then, and has to be for as long as there is nothing to be had; or undefined
   * if that is not so any more.
   */
  prepare(contender: Contender): number | undefined {
    const word = load(this.cells, this.index)
    const isFree = word >>> shift === 0 && ((word & Flag.reserved) === 0 || !contender.isPatient)
    if (isFree || (word & Flag.marked) !== 0) return undefined
    const told = word | Flag.waiters | (contender.isPatient ? 0 : Flag.reserved)
    return told === word || this.exchange(word, told) ? told : undefined
  }

  release(): void {
    if (!this.exchange(this.mine, 0)) this.leave(0)
  }

  /** As it was left by a dead owner, who is named. */
  releaseUnrepaired(deadOwner: number): void {
    this.leave(deadOwner << shift | Flag.marked)
  }

  private leave(as: number): void {
    for (;;) {
      const word = load(this.cells, this.index)
      const isReserved = as === 0 && (word & Flag.reserved) !== 0
      if (!this.exchange(word, isReserved ? Flag.reserved | Flag.waiters : as)) continue
      // For whom it is reserved, and who has to know that it is marked, is not known.
      if ((word & Flag.waiters) !== 0) notify(this.cells, this.index, isReserved || as !== 0 ? Infinity : 1)
      return
    }
  }

  /** Takes what a dead owner has left, to repair it: its number; or undefined if there is nothing to repair, or somebody does. */
  takeForRepair(): number | undefined {
    const word = load(this.cells, this.index)
    if ((word & Flag.marked) === 0) return undefined
    return this.exchange(word, this.mine | Flag.repairing | Flag.waiters) ? word >>> shift : this.takeForRepair()
  }

  /** Marks it if its owner is dead. To be done by who has waited for long, or finds it held and won't wait. */
  look(): void {
    const word = load(this.cells, this.index)
    const owner = word >>> shift
    if (owner === 0 || (word & Flag.marked) !== 0 || this.threads.isAlive(owner)) return
    if (this.exchange(word, owner << shift | Flag.marked)) notify(this.cells, this.index)
  }

  /** Passes on a wake-up that nobody here has use for: at once, or by whoever has taken it since and knows of no other waiters. */
  passOn(): void {
    for (;;) {
      const word = load(this.cells, this.index)
      if (word >>> shift === 0 || (word & Flag.marked) !== 0) return void notify(this.cells, this.index)
      if ((word & Flag.waiters) !== 0 || this.exchange(word, word | Flag.waiters)) return
    }
  }

  /** A waiter goes for good: who has reserved a turn does not take it. */
  giveUp(contender: Contender): void {
    for (let word = load(this.cells, this.index); !contender.isPatient; word = load(this.cells, this.index)) {
      if ((word & Flag.reserved) === 0) break
      if (!this.exchange(word, word & ~Flag.reserved)) continue
      // Others for whom it was reserved as well do so again.
      notify(this.cells, this.index)
      break
    }
    contender.reset()
    this.passOn()
  }

  /**
   * Blocks this OS thread until it is taken, or found abandoned. `mayWait` is asked before each sleep, which it prevents by
   * throwing.
   */
  takeBlocking(mayWait: () => void, contender = new Contender()): Attempt {
    const first = this.takeFresh()
    if (first !== "held") return first
    for (let i = 0; i < spins; i++) {
      pause()
      if (load(this.cells, this.index) !== 0) continue
      if (this.takeFresh() === "taken") return "taken"
    }
    try {
      for (;;) {
        const attempt = this.take(contender)
        if (attempt !== "held") {
          contender.reset()
          return attempt
        }
        const expected = this.prepare(contender)
        if (expected === undefined) continue
        mayWait()
        this.woken(contender, wait(this.cells, this.index, expected, lookAfter) === "timed-out")
      }
    } finally {
      if (contender.hasWaited || contender.isOverdue) this.giveUp(contender)
    }
  }

  /** A waiter has been woken, or has waited for long. */
  woken(contender: Contender, isOverdue: boolean): void {
    contender.hasWaited = true
    contender.lost++
    if (!isOverdue) return
    // For whom it is reserved may have died. From now on it is for this one as well, until it has it.
    contender.isOverdue = true
    this.look()
  }
}
