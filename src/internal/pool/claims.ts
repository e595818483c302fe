/**
 * Who has a task that was sent ahead to a worker, and what became of it: a word of shared memory for each, in which the worker
 * claims it to start it, and the pool to take it back. Both by compare-exchange, so one of them gets it. The word carries the
 * task's number beside its state, so that a late claim never touches the slot's next task.
 *
 * ```
 *            worker               pool
 * queued ──────────────► started ──────► cancelling
 *    └──────► taken         └──────────────┴──────► finished
 *      pool                            worker
 * ```
 *
 * A number, a short text, a truth value or nothing, which is what most short tasks answer with, is kept here as well: so it need
 * not be posted before the next task starts, and is there though that never ends, or takes its worker along.
 */
import { compareExchange, load, store } from "../atomics.ts"

/** How many tasks a worker may have been sent at once. */
export const slots = 512

const State = {
  queued: 0,
  started: 1,
  taken: 2,
  cancelling: 3,
  finishedWithNumber: 4,
  finishedWithFalse: 5,
  finishedWithTrue: 6,
  finishedWithNull: 7,
  finishedWithUndefined: 8,
  finishedWithText: 9
} as const

const word = (id: number, state: number): number => (id << 4) | state

/** How many UTF-16 code units of text are kept. */
const longest = 128

const stateWith = (value: unknown): number | undefined => {
  switch (typeof value) {
    case "number":
      return State.finishedWithNumber
    case "boolean":
      return value ? State.finishedWithTrue : State.finishedWithFalse
    case "undefined":
      return State.finishedWithUndefined
    case "string":
      return value.length > longest ? undefined : State.finishedWithText
    default:
      return value === null ? State.finishedWithNull : undefined
  }
}

export class Claims {
  readonly memory: SharedArrayBuffer
  private readonly words: Int32Array
  /** Numbers, and the lengths of texts. */
  private readonly numbers: Float64Array
  private readonly texts: Uint16Array

  /** The memory is one that the worker sees as well. */
  constructor(memory = new SharedArrayBuffer((12 + 2 * longest) * slots)) {
    this.memory = memory
    this.words = new Int32Array(memory, 0, slots)
    this.numbers = new Float64Array(memory, 4 * slots, slots)
    this.texts = new Uint16Array(memory, 12 * slots)
  }

  /** The pool is about to send a task. */
  offer(slot: number, id: number): void {
    store(this.words, slot, word(id, State.queued))
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

  /** The worker has come to the task's value: true if that is kept here. */
  finish(slot: number, id: number, value: unknown): boolean {
    const state = stateWith(value)
    if (state === undefined) return false
    if (typeof value === "number") this.numbers[slot] = value
    else if (typeof value === "string") this.write(slot, value)
    store(this.words, slot, word(id, state))
    return true
  }

  /** The value that was kept, in an array of its own. */
  valueOf(slot: number, id: number): readonly [unknown] | undefined {
    switch (load(this.words, slot)) {
      case word(id, State.finishedWithNumber):
        return [this.numbers[slot]]
      case word(id, State.finishedWithFalse):
        return [false]
      case word(id, State.finishedWithTrue):
        return [true]
      case word(id, State.finishedWithNull):
        return [null]
      case word(id, State.finishedWithUndefined):
        return [undefined]
      case word(id, State.finishedWithText):
        return [String.fromCharCode(...this.texts.subarray(slot * longest, slot * longest + this.numbers[slot]!))]
      default:
        return undefined
    }
  }

  private write(slot: number, text: string): void {
    this.numbers[slot] = text.length
    for (let i = 0; i < text.length; i++) this.texts[slot * longest + i] = text.charCodeAt(i)
  }

  isStarted(slot: number, id: number): boolean {
    const now = load(this.words, slot)
    return now === word(id, State.started) || now === word(id, State.cancelling)
  }

  isCancelling(slot: number, id: number): boolean {
    return load(this.words, slot) === word(id, State.cancelling)
  }

  private move(slot: number, id: number, from: number, to: number): boolean {
    const expected = word(id, from)
    return compareExchange(this.words, slot, expected, word(id, to)) === expected
  }
}
