/** What a model is, and what is told of it once it has been explored. */
import type { Body } from "./replay.ts"

/** What the invariant of a model sees. */
export interface Now {
  read(cells: Int32Array, index: number): number
  /** Where a thread has said it is (`Sim.at`); "dead" once it was killed. */
  readonly places: ReadonlyArray<string>
  /** What each thread has returned. */
  readonly returned: ReadonlyArray<unknown>
}

export interface Model {
  readonly memory: Readonly<Record<string, Int32Array>>
  /** Cells that nobody changes once the threads run. Reading them is no step. */
  readonly isConstant?: (region: string, index: number) => boolean
  readonly threads: ReadonlyArray<Body>
  /** The kernel's numbers of the threads, 1, 2, … if not given. */
  readonly kernelIds?: ReadonlyArray<number>
  /** How many threads are killed, at any moment; unless one may not die where it is (`Sim.at`). */
  readonly deaths?: number
  readonly mayDie?: (place: string) => boolean
  /**
   * When a wait, or the timer of an event loop, times out: never, so that a lost wake-up is found; or when nothing else can go
   * on; or also at any other moment, so many times for each thread.
   */
  readonly timeouts: "never" | "idle" | number
  /**
   * Cells that only a thread touches whose number, 1 for the first thread, is in the cell `owner`: so what it does to them concerns
   * nobody else until it leaves, and no other order than the one in which it goes on, or dies, need be looked at.
   */
  readonly guarded?: { readonly cells: Int32Array; readonly owner: number; readonly has: (index: number) => boolean }
  /**
   * Whenever the cell `index` has changed, `forgets` empties cells whose values nobody will ever read, so that states are alike which
   * differ in nothing else.
   */
  readonly tidy?: {
    readonly cells: Int32Array
    readonly index: number
    readonly forgets: (value: number, forget: (index: number) => void) => void
  }
  /** Whether a thread stops spinning at any moment, or only when nobody else can go on. */
  readonly spins?: "any" | "idle"
  /** Throws if something is wrong in a state. */
  readonly invariant?: (now: Now) => void
  /** Throws if something is wrong when nobody has anything left to do. */
  readonly end?: (now: Now) => void
}

export interface Report {
  readonly states: number
  readonly interleavings: bigint
  readonly longest: number
  /** How many pieces of local history there are. */
  readonly histories: number
}

/** `13,042 states, 2.1e+12 interleavings of up to 51 steps`. */
export const describe = ({ interleavings, longest, states }: Report): string =>
  `${states.toLocaleString("en")} states, ${short(interleavings)} interleavings of up to ${longest} steps`

const short = (count: bigint): string => {
  const digits = String(count)
  return digits.length < 7 ? digits : `${digits[0]}.${digits[1]}e${digits.length - 1}`
}

/** Something that can go wrong, and how. */
export class ModelFailure extends Error {
  constructor(what: string, trace: ReadonlyArray<string>) {
    super(`${what}\n${trace.map((line) => `  ${line}`).join("\n")}`)
    this.name = "ModelFailure"
  }
}
