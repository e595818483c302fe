/**
 * What one simulated OS thread does, as a function of what its atomic operations have answered: production code is run from its
 * start with the answers so far, and abandoned at the first operation that has none yet. So there is nothing to suspend, and
 * each piece of local history has to be run only once.
 *
 * Spinning is cut short: a `pause` followed by the operation that was the last one before it waits until the cell holds
 * something else than it held, or the thread has spun as often as it wants to (`spun`), in which case all that it does meanwhile
 * are reads at the moment of the last one.
 */
import { simulate } from "../../src/internal/atomics.ts"
import type { Atomic } from "../../src/internal/atomics.ts"
import type { Layout } from "./layout.ts"

export type Kind =
  | "load"
  | "store"
  | "compareExchange"
  | "add"
  | "notify"
  | "wait"
  | "waitAsync"
  | "isRunning"
  | "choose"
  | "turn"

/** An operation that a thread wants to do next. */
export interface Operation {
  readonly kind: Kind
  /** Where in the memory of the whole model. */
  readonly cell: number
  readonly a: number
  readonly b: number
  /** Only once the cell holds something else. */
  readonly unless: number | undefined
}

/** The answers that are no values of cells. */
export const Answer = { ok: 0, notEqual: 1, timedOut: 2, timer: -1, interrupted: -2, spun: -(2 ** 40) } as const

const waited = ["ok", "not-equal", "timed-out"] as const

/** What a simulated OS thread has besides the atomic operations. */
export interface Sim {
  /** Any of so many numbers from 0 on: all are tried. */
  choose(options: number): number
  /** Whether an OS thread with this number of the kernel's runs. */
  isRunning(kernelId: number): boolean
  /**
   * A turn of the event loop: calls what a `waitAsync` was given, or lets a timer go off, or has somebody interrupt what waits.
   * A thread that has nothing more to do may rest here for ever.
   */
  turn(options?: { readonly isInterruptible?: boolean; readonly mayRest?: boolean }): "woken" | "timer" | "interrupted"
  /** All that the thread will do from here on depends on nothing but this text: histories that agree in it are one. */
  point(state: string): void
  /** Where the thread is from here on, for the model's invariant. */
  at(place: string): void
}

export type Body = (sim: Sim) => unknown

/** A wrong variant of an algorithm: another operation in the place of one, or none (`undefined`). */
export type Mutation = (operation: Operation) => Operation | undefined

/** A piece of local history, and what follows it. */
export interface Local {
  readonly id: number
  readonly thread: number
  readonly answers: ReadonlyArray<number>
  readonly next: Operation | undefined
  readonly place: string
  /** Whether it has spun in vain already, for as long as it does now. */
  readonly hasSpun: boolean
  readonly returned: unknown
  readonly error: unknown
  readonly children: Map<number, Local>
}

let running: Sim | undefined

/** What `OsThreads` is to ask in a model. */
export const isRunning = (kernelId: number): boolean => running!.isRunning(kernelId)

const run = <A>(sim: Sim & Atomic, body: (sim: Sim) => A): A => {
  simulate(sim)
  running = sim
  try {
    return body(sim)
  } finally {
    simulate(undefined)
  }
}

/** Does what comes before the threads run: at once, on cells as short as the model's. */
export const setUp = <A>(make: () => A): A => {
  const never = (): never => {
    throw new Error("Nothing waits before the threads run.")
  }
  simulate({
    load: (cells, index) => cells[index] ?? 0,
    store: (cells, index, value) => {
      cells[index] = value
    },
    compareExchange: (cells, index, expected, replacement) => {
      const held = cells[index]!
      if (held === expected) cells[index] = replacement
      return held
    },
    add: (cells, index, value) => (cells[index]! += value) - value,
    notify: () => 0,
    wait: never,
    waitAsync: never,
    pause: () => {}
  })
  try {
    return make()
  } finally {
    simulate(undefined)
  }
}

/** Whoever means to stop spinning has done so by then. */
const mostSpins = 10_000

const abandon = { abandoned: "the run ends here" }

export class Locals implements Sim, Atomic {
  readonly all: Array<Local> = []
  private readonly bodies: ReadonlyArray<Body>
  private readonly layout: Layout
  private readonly mutation: Mutation | undefined
  private readonly byState = new Map<string, Local>()

  private answers: ReadonlyArray<number> = []
  private position = 0
  private next: Operation | undefined
  private isOver = false
  private last: Operation | undefined
  private lastAnswer = 0
  private hasPaused = false
  private isSpinning = false
  private spins = 0
  private spunAt = new Set<string>()
  private place = ""
  private state: string | undefined
  private callbacks: Array<(() => void) | undefined> = []

  constructor(bodies: ReadonlyArray<Body>, layout: Layout, mutation: Mutation | undefined) {
    this.bodies = bodies
    this.layout = layout
    this.mutation = mutation
  }

  start(thread: number): Local {
    return this.run(thread, [])
  }

  after(local: Local, answer: number): Local {
    let child = local.children.get(answer)
    if (child === undefined) local.children.set(answer, child = this.run(local.thread, [...local.answers, answer]))
    return child
  }

  private run(thread: number, answers: ReadonlyArray<number>): Local {
    this.answers = answers
    this.position = 0
    this.next = this.last = undefined
    this.isOver = this.hasPaused = this.isSpinning = false
    this.spunAt = new Set()
    this.place = ""
    this.state = undefined
    this.callbacks = []
    let returned: unknown
    let error: unknown
    try {
      returned = run(this, this.bodies[thread]!)
    } catch (thrown) {
      error = thrown
    }
    if (this.isOver) error = returned = undefined
    const { place, spunAt } = this
    const next = this.next as Operation | undefined
    const armed = this.callbacks.map((callback) => callback === undefined ? "-" : "a").join("")
    const state = this.state === undefined || error !== undefined
      ? undefined
      : `${thread} ${place} ${armed} ${this.state}`
    const known = state === undefined ? undefined : this.byState.get(state)
    if (known !== undefined) {
      if (known.next?.kind !== next?.kind || known.next?.cell !== next?.cell || known.next?.a !== next?.a) {
        throw new Error(`It depends on more than on: ${state}`)
      }
      return known
    }
    const hasSpun = next?.unless !== undefined && spunAt.has(`${next.cell} ${next.unless}`)
    const id = this.all.length
    const local: Local = { id, thread, answers, next, place, hasSpun, returned, error, children: new Map() }
    this.all.push(local)
    if (state !== undefined) this.byState.set(state, local)
    return local
  }

  private do(kind: Kind, cell: number, a = 0, b = 0): number {
    if (this.isOver) throw abandon
    const isAgain = this.hasPaused && this.last?.kind === kind && this.last.cell === cell && this.last.a === a
    this.hasPaused = false
    if (this.isSpinning && isAgain) {
      if (this.spins++ > mostSpins) throw new Error("It spins for ever.")
      return this.lastAnswer
    }
    this.isSpinning = false
    let operation: Operation = { kind, cell, a, b, unless: isAgain ? this.lastAnswer : undefined }
    if (this.mutation !== undefined) {
      const mutated = this.mutation(operation)
      if (mutated === undefined) return 0
      operation = mutated
    }
    if (this.position === this.answers.length) {
      this.next = operation
      this.isOver = true
      throw abandon
    }
    // What was said of the state held before this answer.
    this.state = undefined
    const answer = this.answers[this.position++]!
    if (answer === Answer.spun) {
      this.isSpinning = true
      this.spins = 0
      this.spunAt.add(`${cell} ${this.lastAnswer}`)
      return this.lastAnswer
    }
    this.last = operation
    return this.lastAnswer = answer
  }

  private cell(cells: Int32Array, index: number): number {
    return this.layout.cellOf(cells, index)
  }

  load(cells: Int32Array, index: number): number {
    // Beyond what the model has of it all is empty, and stays so.
    if (index >= cells.length) return 0
    const cell = this.cell(cells, index)
    return this.layout.isConstant(cell) ? this.layout.values[cell]! : this.do("load", cell)
  }

  private writable(cells: Int32Array, index: number): number {
    const cell = this.cell(cells, index)
    if (index >= cells.length || this.layout.isConstant(cell)) throw new Error(`Cell ${index} must not be written.`)
    return cell
  }

  store(cells: Int32Array, index: number, value: number): void {
    this.do("store", this.writable(cells, index), value)
  }

  compareExchange(cells: Int32Array, index: number, expected: number, replacement: number): number {
    return this.do("compareExchange", this.writable(cells, index), expected, replacement)
  }

  add(cells: Int32Array, index: number, value: number): number {
    return this.do("add", this.writable(cells, index), value)
  }

  /** How many it were is not told: nothing may depend on it. */
  notify(cells: Int32Array, index: number, count: number): number {
    this.do("notify", this.cell(cells, index), count)
    return Number.NaN
  }

  wait(cells: Int32Array, index: number, expected: number): "ok" | "not-equal" | "timed-out" {
    return waited[this.do("wait", this.cell(cells, index), expected)]!
  }

  waitAsync(cells: Int32Array, index: number, expected: number, woken: () => void): boolean {
    const free = this.callbacks.indexOf(undefined)
    const slot = free < 0 ? this.callbacks.length : free
    if (this.do("waitAsync", this.cell(cells, index), expected, slot) !== Answer.ok) return false
    this.callbacks[slot] = woken
    return true
  }

  pause(): void {
    this.hasPaused = true
  }

  choose(options: number): number {
    return this.do("choose", -1, options)
  }

  isRunning(kernelId: number): boolean {
    return this.do("isRunning", -1, kernelId) === 1
  }

  turn(options: { readonly isInterruptible?: boolean; readonly mayRest?: boolean } = {}) {
    const answer = this.do("turn", -1, options.isInterruptible === true ? 1 : 0, options.mayRest === true ? 1 : 0)
    if (answer === Answer.timer) return "timer" as const
    if (answer === Answer.interrupted) return "interrupted" as const
    const woken = this.callbacks[answer]!
    this.callbacks[answer] = undefined
    woken()
    return "woken" as const
  }

  point(state: string): void {
    // How long was spun before is no part of the state.
    this.spunAt.clear()
    this.last = undefined
    this.state = state
  }

  at(place: string): void {
    this.place = place
  }
}
