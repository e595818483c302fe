/**
 * The fibers of this OS thread that wait for something in shared memory. They stand in line here, and one wait on a cell serves
 * them all: a wait on memory cannot be taken back, and one that was abandoned would swallow what was meant for others.
 *
 * While somebody waits a timer has it look again now and then, since wake-ups get lost with OS threads that die. The timer is also
 * what keeps the process alive, which a wait on memory does not, as long as somebody waits who is no daemon.
 */
import { notify, waitAsync } from "../atomics.ts"
import { later } from "../time.ts"
import type { Waitable } from "../waiting.ts"
import { WaitQueue } from "../waitQueue.ts"
import type { Waiter } from "../waitQueue.ts"
import { lookAfter } from "./lockWord.ts"

/** What stands behind the line. */
export interface Desk<H> {
  /** Grants what can be had, or has the queue sleep on a cell. */
  serve(queue: WaitQueue<H>): void
  /** The cell was notified, or nothing was heard for long. There may be nobody in line any more. */
  woken(isOverdue: boolean): void
  /** The last one has left the line. */
  deserted(): void
}

export class SharedQueue<H> extends WaitQueue<H> {
  private readonly desk: Desk<H>
  /** How many of those in line keep the process alive. */
  private keeping = 0
  /** Ends the wait on the cell; undefined if there is none. */
  private rouseSleep: (() => void) | undefined
  private timer: { readonly keepAlive: boolean; readonly cancel: () => void } | undefined

  constructor(on: Waitable, desk: Desk<H>) {
    super(on, (queue) => desk.serve(queue))
    this.desk = desk
  }

  override push(waiter: Waiter<H>): void {
    super.push(waiter)
    if (waiter.thread?.daemon !== true) this.keeping++
    this.watch()
  }

  override remove(waiter: Waiter<H>): void {
    super.remove(waiter)
    if (waiter.thread?.daemon !== true) this.keeping--
    if (this.first !== undefined) return this.watch()
    this.timer?.cancel()
    this.timer = undefined
    this.desk.deserted()
  }

  /** Whether a wait on a cell is under way, also if nobody here is in line any more. */
  get isAsleep(): boolean {
    return this.rouseSleep !== undefined
  }

  /** Looks again once the cell is notified; at once, in a step of its own, if it holds something else. */
  sleep(cells: Int32Array, index: number, expected: number): void {
    if (this.rouseSleep !== undefined) return
    this.rouseSleep = () => void notify(cells, index)
    const woken = () => {
      this.rouseSleep = undefined
      this.desk.woken(false)
    }
    if (!waitAsync(cells, index, expected, woken)) void settled.then(woken)
  }

  /**
   * Ends the wait on the cell, of which nobody else makes use: a wait on memory cannot be taken back, and would keep all this for
   * ever.
   */
  rouse(): void {
    this.rouseSleep?.()
  }

  private watch(): void {
    const keepAlive = this.keeping > 0
    if (this.timer?.keepAlive === keepAlive) return
    this.timer?.cancel()
    const look = () => {
      this.timer = undefined
      if (this.first === undefined) return
      this.watch()
      this.desk.woken(true)
    }
    this.timer = { keepAlive, cancel: later(lookAfter, look, { keepAlive }) }
  }
}

const settled = Promise.resolve()
