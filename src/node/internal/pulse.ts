/**
 * The heartbeats of the threads that are watched for stalls, in memory that all of them share: a slot a thread, in which the
 * thread notes the time whenever its event loop turns. The times are of the monotonic clock, which is one for the process.
 *
 * They are plain numbers: each slot has one writer, and who reads it looks again a moment later.
 */
import { isDebugged } from "./inspector.ts"

/** The memory of all slots, and the number of one. Both cross to other OS threads as they are. */
export interface Pulse {
  readonly memory: SharedArrayBuffer
  readonly slot: number
  /** How often the thread notes the time, in milliseconds. */
  readonly period: number
}

/**
 * The numbers of a slot: when its loop turned last, by how much it was late last, whether a debugger may be holding it, and
 * whether nobody looks any more.
 */
export const fields = { beat: 0, late: 1, isDebugged: 2, isOver: 3 } as const
export const width = 4

export const makeMemory = (slots: number): SharedArrayBuffer =>
  new SharedArrayBuffer(slots * width * Float64Array.BYTES_PER_ELEMENT)

/** A slot that nobody has beaten in yet. */
export const makePulse = (memory: SharedArrayBuffer, slot: number, period: number): Pulse => {
  const pulse = { memory, slot, period }
  numbersOf(pulse).fill(0)
  return pulse
}

const clock = (): number => {
  const [seconds, nanos] = process.hrtime()
  return seconds * 1e3 + nanos / 1e6
}

const numbersOf = ({ memory, slot }: Pulse): Float64Array =>
  new Float64Array(memory, slot * width * Float64Array.BYTES_PER_ELEMENT, width)

/** Nobody looks at this pulse any more, so it need not be beaten. */
export const endPulse = (pulse: Pulse): void => {
  numbersOf(pulse)[fields.isOver] = 1
}

/** Notes the time in this thread's slot whenever its event loop turns, until the answer is called or the pulse ends. */
export const beat = (pulse: Pulse): () => void => {
  const numbers = numbersOf(pulse)
  numbers[fields.beat] = clock()
  const note = () => {
    if (numbers[fields.isOver] === 1) return clearInterval(timer)
    const now = clock()
    const late = now - numbers[fields.beat]! - pulse.period
    // What it was late by when it stood still is still to be read when it is on time again.
    if (late > pulse.period) numbers[fields.late] = late
    numbers[fields.isDebugged] = isDebugged() ? 1 : 0
    numbers[fields.beat] = now
  }
  const timer = setInterval(note, pulse.period).unref()
  return () => clearInterval(timer)
}

/** For how long the thread stood still, or has stood still until now. */
export const stoodStill = (pulse: Pulse): number => {
  const numbers = numbersOf(pulse)
  const now = clock() - numbers[fields.beat]! - pulse.period
  return now > pulse.period ? now : numbers[fields.late]!
}
