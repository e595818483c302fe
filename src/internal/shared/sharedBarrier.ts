/** What one OS thread makes of a barrier in shared memory: its fibers that wait, and the form that blocks the OS thread. */
import * as Effect from "effect/Effect"
import { BarrierState } from "../barrier.ts"
import type { BrokenBarrierError, Outcome, Restore } from "../barrier.ts"
import type { WaitQueue } from "../waitQueue.ts"
import { BarrierCells, barrierSize, Cell, End } from "./barrierCells.ts"
import { mayWait, sleepsLong } from "./blocking.ts"
import type { OsThreads } from "./osThreads.ts"
import { share, viewsOf } from "./sharedData.ts"
import type { SharedData } from "./sharedData.ts"
import { SharedQueue } from "./sharedQueue.ts"
import type { Desk } from "./sharedQueue.ts"

class SharedBarrierState extends BarrierState implements Desk<Outcome> {
  private readonly shared: BarrierCells
  readonly queue = new SharedQueue<Outcome>(this, this)

  constructor(data: SharedData, threads: OsThreads) {
    const shared = new BarrierCells(data.memory, threads)
    super(shared.parties, data.name)
    this.shared = shared
    shared.look(true)
  }

  override get isBroken(): boolean {
    return this.shared.isBroken
  }

  override get waiting(): number {
    return this.shared.waiting
  }

  override arrive(restore: Restore): Effect.Effect<number, BrokenBarrierError> {
    const { end, place } = this.shared.arrive()
    this.heard(end)
    if (place === undefined) return Effect.fail(this.error)
    return place === this.parties - 1 ? Effect.succeed(place) : this.stay(place, restore)
  }

  override reset(): void {
    this.heard(this.shared.reset())
  }

  override abort(): void {
    this.heard(this.shared.abort())
  }

  protected override leave(): void {
    this.heard(this.shared.leave())
  }

  private heard(end: End): void {
    if (end !== End.none) this.dismiss(end === End.passed)
  }

  serve(queue: WaitQueue<Outcome>): void {
    const { cells, expected, mailbox } = this.shared
    ;(queue as SharedQueue<Outcome>).sleep(cells, mailbox, expected)
  }

  woken(isOverdue: boolean): void {
    this.heard(this.shared.look(isOverdue))
    this.queue.settle()
  }

  deserted(): void {
    this.queue.rouse()
  }

  /** Blocks this OS thread until the round has ended. */
  waitBlocking(): number {
    const { shared } = this
    const ask = mayWait("Barrier.waitSync", this.name)
    const { end, place } = shared.arrive(ask)
    this.heard(end)
    if (place === undefined) throw this.error
    for (let how: End = place === this.parties - 1 ? End.passed : End.none; how !== End.passed;) {
      const isOverdue = sleepsLong(shared)
      this.heard(how = shared.look(isOverdue))
      if (how === End.broken) throw this.error
      if (how === End.none) this.goesOn(ask)
    }
    return place
  }

  private goesOn(ask: () => void): void {
    try {
      ask()
    } catch (error) {
      this.leave()
      throw error
    }
  }
}

export const barrierViews = viewsOf("Barrier", (data: SharedData, threads) => new SharedBarrierState(data, threads))

/** A new barrier in shared memory, as plain data. */
export const shareBarrier = (parties: number, name: string | undefined): SharedData => {
  const data = share("Barrier", barrierSize, name)
  data.memory[Cell.parties] = parties
  return data
}

/** What is behind a shared barrier here. */
export const sharedBarrier = (barrier: unknown): SharedBarrierState => barrierViews.of(barrier as SharedData)
