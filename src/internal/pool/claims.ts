/**
 * Who has a task that was sent ahead to a worker: a word of shared memory for each, in which the worker claims it to start it,
 * and the pool to take it back. Both by compare-exchange, so one of them gets it. The word carries the task's number beside its
 * state, so that a late claim never touches the slot's next task.
 *
 * ```
 *            worker               pool
 * queued ──────────────► started ──────► cancelling
 *    └──────► taken (pool)
 * ```
 */
import { compareExchange, load, store } from "../atomics.ts"

/** How many tasks a worker may have been sent at once. */
export const slots = 512

const State = { queued: 0, started: 1, taken: 2, cancelling: 3 } as const

const word = (id: number, state: number): number => (id << 2) | state

export class Claims {
  readonly memory: SharedArrayBuffer
  private readonly cells: Int32Array

  /** The memory is one that the worker sees as well. */
  constructor(memory = new SharedArrayBuffer(4 * slots)) {
    this.memory = memory
    this.cells = new Int32Array(memory)
  }

  /** The pool is about to send a task. */
  offer(slot: number, id: number): void {
    store(this.cells, slot, word(id, State.queued))
  }

  /** The worker wants to start it: false if it was taken back. */
  start(slot: number, id: number): boolean {
    return this.move(slot, id, State.queued, State.started)
  }

  /** The pool wants it back: false if it was started. */
  take(slot: number, id: number): boolean {
    return this.move(slot, id, State.queued, State.taken)
  }

  /** Asks a started task to end. */
  cancel(slot: number, id: number): void {
    this.move(slot, id, State.started, State.cancelling)
  }

  isStarted(slot: number, id: number): boolean {
    const now = load(this.cells, slot)
    return now === word(id, State.started) || now === word(id, State.cancelling)
  }

  isCancelling(slot: number, id: number): boolean {
    return load(this.cells, slot) === word(id, State.cancelling)
  }

  private move(slot: number, id: number, from: number, to: number): boolean {
    const expected = word(id, from)
    return compareExchange(this.cells, slot, expected, word(id, to)) === expected
  }
}
