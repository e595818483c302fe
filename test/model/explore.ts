/**
 * Runs a few simulated OS threads over shared memory in every order in which their atomic operations can follow one another,
 * as loom does, though each state only once. The number of orders is counted over the graph of states.
 */
import type { Body, Local, Mutation, Operation } from "./replay.ts"
import { Answer, Locals } from "./replay.ts"

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

interface State {
  memory: Int32Array
  /** The local history of each thread, or undefined if it is dead. */
  readonly locals: Array<Local | undefined>
  /** Who waits, the longest first. `slot` is that of a `waitAsync`, or -1. */
  waiters: ReadonlyArray<Waiter>
  /** What the event loops have to call. */
  due: ReadonlyArray<Waiter>
  deaths: number
  timeouts: ReadonlyArray<number>
}

/** How many orders there are from a state on, and the longest; -1 while it is being looked at. */
interface Found {
  paths: bigint
  longest: number
}

interface Waiter {
  readonly thread: number
  readonly cell: number
  readonly slot: number
}

interface Step {
  readonly thread: number
  readonly what: number | "killed"
  readonly usesTimeout?: boolean
}

const wordOf: Record<number, string> = { [Answer.timer]: "timer", [Answer.interrupted]: "interrupted" }

const mostSteps = 3000

/** Explores all of it, or throws the first `ModelFailure`. */
export const explore = (
  model: Model,
  options: { readonly mutation?: Mutation | undefined; readonly mostStates?: number } = {}
) => new Search(model, options.mutation, options.mostStates ?? 5_000_000).report()

class Search {
  private readonly model: Model
  private readonly locals: Locals
  private readonly mostStates: number
  private readonly bases = new Map<Int32Array, number>()
  private readonly names: Array<string> = []
  /** All cells at the beginning. States have only those that change: `slots` tells where, `varying` which they are. */
  private readonly initial: Int32Array
  private readonly slots: Array<number> = []
  private readonly varying: Array<number> = []
  private readonly guards = new Map<number, number>()
  private readonly seen = new Map<string, Found>()
  private readonly codes: Array<number> = []
  private readonly trail: Array<{ readonly state: State; readonly step: Step }> = []

  constructor(model: Model, mutation: Mutation | undefined, mostStates: number) {
    this.model = model
    this.mostStates = mostStates
    const values: Array<number> = []
    const constants: Array<boolean> = []
    for (const [region, cells] of Object.entries(model.memory)) {
      this.bases.set(cells, values.length)
      cells.forEach((value, index) => {
        const isConstant = model.isConstant?.(region, index) ?? false
        this.slots.push(this.varying.length)
        if (!isConstant) this.varying.push(values.length)
        constants.push(isConstant)
        values.push(value)
        this.names.push(`${region}[${index}]`)
      })
    }
    this.initial = Int32Array.from(values)
    const baseOf = (cells: Int32Array) => {
      const base = this.bases.get(cells)
      if (base === undefined) throw new Error("This memory is not the model's.")
      return base
    }
    const { guarded } = model
    guarded?.cells.forEach((_, index) => {
      if (guarded.has(index)) this.guards.set(baseOf(guarded.cells) + index, this.slotOf(guarded.cells, guarded.owner))
    })
    const memory = { baseOf, isConstant: (cell: number) => constants[cell]!, values: this.initial }
    this.locals = new Locals(model.threads, memory, mutation)
  }

  report(): Report {
    const { deaths = 0, threads, timeouts } = this.model
    const found = this.visit({
      memory: Int32Array.from(this.varying, (cell) => this.initial[cell]!),
      locals: threads.map((_, thread) => this.locals.start(thread)),
      waiters: [],
      due: [],
      deaths,
      timeouts: threads.map(() => typeof timeouts === "number" ? timeouts : 0)
    })
    return {
      states: this.seen.size,
      interleavings: found.paths,
      longest: found.longest,
      histories: this.locals.all.length
    }
  }

  private keyOf(state: State): string {
    const { codes } = this
    let length = 0
    for (let slot = 0; slot < state.memory.length; slot++) {
      const value = state.memory[slot]!
      codes[length++] = value & 0xffff
      codes[length++] = value >>> 16
    }
    for (let i = 0; i < state.locals.length; i++) {
      const id = state.locals[i]?.id ?? -1
      codes[length++] = id & 0xffff
      codes[length++] = id >>> 16
      codes[length++] = state.timeouts[i]!
    }
    codes[length++] = state.deaths
    codes[length++] = state.waiters.length
    for (const list of [state.waiters, state.due]) {
      for (const { cell, slot, thread } of list) {
        codes[length++] = thread
        codes[length++] = cell
        codes[length++] = slot + 1
      }
    }
    codes.length = length
    return String.fromCharCode.apply(null, codes)
  }

  private visit(before: State): Found {
    let state = before
    let forced = 0
    for (let step = this.forcedStep(state); step !== undefined; step = this.forcedStep(state)) {
      this.trail.push({ state, step })
      state = this.take(state, step)
      forced++
    }
    const found = this.look(state)
    this.trail.length -= forced
    return forced === 0 ? found : { paths: found.paths, longest: found.longest + forced }
  }

  private forcedStep(state: State): Step | undefined {
    if (this.guards.size === 0) return undefined
    for (let thread = 0; thread < state.locals.length; thread++) {
      const next = state.locals[thread]?.next
      const guard = next === undefined ? undefined : this.guards.get(next.cell)
      if (guard === undefined) continue
      if (state.memory[guard] !== thread + 1) this.fail(`Thread ${thread + 1} is not in the monitor.`, state)
      return this.mayDie(state, thread) ? undefined : { thread, what: 0 }
    }
    return undefined
  }

  private mayDie({ deaths, locals }: State, thread: number): boolean {
    return deaths > 0 && this.model.mayDie?.(locals[thread]!.place) !== false
  }

  private look(state: State): Found {
    const key = this.keyOf(state)
    const known = this.seen.get(key)
    if (known !== undefined) {
      if (known.longest < 0) this.fail("The threads can go round in a circle for ever.", state)
      return known
    }
    if (this.trail.length > mostSteps) this.fail("The threads can go on for ever.", state)
    if (this.seen.size >= this.mostStates) this.fail(`There are more than ${this.mostStates} states.`, state)
    const found: Found = { paths: 1n, longest: -1 }
    this.seen.set(key, found)
    this.check(state, this.model.invariant)

    const steps = this.stepsFrom(state)
    let paths = 0n
    let longest = 0
    for (const step of steps) {
      this.trail.push({ state, step })
      const after = this.visit(this.take(state, step))
      this.trail.pop()
      paths += after.paths
      longest = Math.max(longest, after.longest + 1)
    }
    if (steps.length > 0) found.paths = paths
    found.longest = longest
    return found
  }

  private slotOf(cells: Int32Array, index: number): number {
    return this.slots[this.bases.get(cells)! + index]!
  }

  private check(state: State, assertion: ((now: Now) => void) | undefined): void {
    for (const local of state.locals) {
      if (local?.error !== undefined) {
        this.fail(`Thread ${local.thread + 1} has failed: ${(local.error as Error).message ?? local.error}`, state)
      }
    }
    if (assertion === undefined) return
    try {
      assertion({
        read: (cells, index) => state.memory[this.slotOf(cells, index)]!,
        places: state.locals.map((local) => local === undefined ? "dead" : local.place),
        returned: state.locals.map((local) => local?.returned)
      })
    } catch (error) {
      this.fail((error as Error).message, state)
    }
  }

  private stepsFrom(state: State): Array<Step> {
    const { spins, timeouts } = this.model
    /** What threads do by themselves; what happens when nobody can; and what others do to them, for which nobody may wait. */
    const own: Array<Step> = []
    const spinning: Array<Step> = []
    const idle: Array<Step> = []
    const external: Array<Step> = []
    let isAnyoneStuck = false
    const timeOut = (thread: number, what: number) => {
      if (timeouts === "never") return
      if (state.timeouts[thread]! > 0) external.push({ thread, what, usesTimeout: true })
      idle.push({ thread, what })
    }

    for (let thread = 0; thread < state.locals.length; thread++) {
      const local = state.locals[thread]
      const next = local?.next
      if (local === undefined || next === undefined) continue
      const kill: ReadonlyArray<Step> = this.mayDie(state, thread) ? [{ thread, what: "killed" }] : []
      if (this.guards.has(next.cell)) return [{ thread, what: 0 }, ...kill]
      // A choice concerns nobody else, so when it is made makes no difference.
      if (next.kind === "choose") return Array.from({ length: next.a }, (_, what) => ({ thread, what }))
      if (state.waiters.some((waiter) => waiter.thread === thread && waiter.slot < 0)) {
        isAnyoneStuck = true
        timeOut(thread, Answer.timedOut)
      } else if (next.kind === "turn") {
        const due = state.due.find((waiter) => waiter.thread === thread)
        if (due !== undefined) own.push({ thread, what: due.slot })
        if (next.a === 1) external.push({ thread, what: Answer.interrupted })
        if (next.b !== 1) {
          isAnyoneStuck ||= due === undefined
          timeOut(thread, Answer.timer)
        }
      } else if (next.unless !== undefined && state.memory[this.slots[next.cell]!] === next.unless) {
        isAnyoneStuck = true
        ;(local.hasSpun ? idle : spins === "idle" ? spinning : own).push({ thread, what: Answer.spun })
      } else own.push({ thread, what: 0 })
      external.push(...kill)
    }

    if (own.length > 0) return [...own, ...external]
    // Spinning is short beside any time-out.
    if (spinning.length > 0) return [...spinning, ...external]
    if (idle.length > 0) return [...idle, ...external.filter((step) => step.usesTimeout !== true)]
    if (isAnyoneStuck) this.fail("Somebody waits for ever.", state)
    this.check(state, this.model.end)
    return external
  }

  private take(before: State, step: Step): State {
    const { thread } = step
    const state: State = {
      memory: before.memory,
      locals: before.locals.slice(),
      waiters: before.waiters,
      due: before.due,
      deaths: before.deaths,
      timeouts: before.timeouts
    }
    if (step.what === "killed") {
      state.deaths--
      state.locals[thread] = undefined
      state.waiters = state.waiters.filter((waiter) => waiter.thread !== thread)
      state.due = state.due.filter((waiter) => waiter.thread !== thread)
      return state
    }
    const local = before.locals[thread]!
    const next = local.next!
    const answer = (what: number): State => {
      state.locals[thread] = this.locals.after(local, what)
      return state
    }
    if (step.usesTimeout === true) return timedOut(this, true)
    if (step.what === Answer.spun || next.kind === "choose") return answer(step.what)
    if (next.kind === "turn") {
      if (step.what >= 0) state.due = state.due.filter((w) => w.thread !== thread || w.slot !== step.what)
      return answer(step.what)
    }
    if (step.what === Answer.timedOut) return timedOut(this, false)
    return this.perform(state, thread, next, answer)

    function timedOut(search: Search, isCounted: boolean): State {
      if (isCounted) {
        state.timeouts = before.timeouts.with(thread, before.timeouts[thread]! - 1)
      }
      state.waiters = state.waiters.filter((waiter) => waiter.thread !== thread || waiter.slot >= 0)
      state.locals[thread] = search.locals.after(local, step.what as number)
      return state
    }
  }

  private perform(state: State, thread: number, next: Operation, answer: (what: number) => State): State {
    const { a, b, cell, kind } = next
    const slot = this.slots[cell]!
    const held = state.memory[slot]!
    const put = (value: number): void => {
      if (value === held) return
      const memory = state.memory.slice()
      memory[slot] = value
      state.memory = memory
      const { tidy } = this.model
      if (tidy === undefined || slot !== this.slotOf(tidy.cells, tidy.index)) return
      tidy.forgets(value, (index) => {
        memory[this.slotOf(tidy.cells, index)] = 0
      })
    }
    switch (kind) {
      case "load":
        return answer(held)
      case "store":
        put(a)
        return answer(0)
      case "compareExchange":
        if (held === a) put(b)
        return answer(held)
      case "add":
        put(held + a)
        return answer(held)
      case "wait":
        if (held !== a) return answer(Answer.notEqual)
        state.waiters = [...state.waiters, { thread, cell, slot: -1 }]
        return state
      case "waitAsync":
        if (held !== a) return answer(Answer.notEqual)
        state.waiters = [...state.waiters, { thread, cell, slot: b }]
        return answer(Answer.ok)
      case "notify": {
        const woken = state.waiters.filter((waiter) => waiter.cell === cell).slice(0, a)
        state.waiters = state.waiters.filter((waiter) => !woken.includes(waiter))
        state.due = [...state.due, ...woken.filter((waiter) => waiter.slot >= 0)]
        for (const waiter of woken) {
          if (waiter.slot < 0) {
            state.locals[waiter.thread] = this.locals.after(state.locals[waiter.thread]!, Answer.ok)
          }
        }
        return answer(0)
      }
      case "isRunning":
        return answer(this.runs(state, a) ? 1 : 0)
      default:
        throw new Error(`No operation: ${kind}`)
    }
  }

  private runs({ locals }: State, kernelId: number): boolean {
    const { kernelIds = locals.map((_, i) => i + 1) } = this.model
    return locals.some((local, i) => local !== undefined && kernelIds[i] === kernelId)
  }

  private fail(what: string, state: State): never {
    const lines = this.trail.map(({ state, step }) => this.describe(state, step))
    const left = state.locals.flatMap((local, thread) =>
      local?.next === undefined ? [] : [`thread ${thread + 1} is before: ${this.textOf(local.next)}`]
    )
    throw new ModelFailure(what, [...lines, ...left, `memory: ${this.dump(state)}`])
  }

  private describe(state: State, { thread, what }: Step): string {
    const who = `thread ${thread + 1}`
    if (what === "killed") return `${who} is killed`
    const next = state.locals[thread]!.next!
    const text = this.textOf(next)
    if (what === Answer.spun) return `${who} has spun enough at: ${text}`
    if (what === Answer.timedOut) return `${who} times out`
    if (next.kind === "choose" || next.kind === "turn") return `${who}: ${text} -> ${wordOf[what] ?? what}`
    const held = next.kind === "isRunning" ? this.runs(state, next.a) : state.memory[this.slots[next.cell]!]
    return `${who}: ${text}${next.kind === "notify" || next.kind === "store" ? "" : ` -> ${held}`}`
  }

  private textOf({ a, b, cell, kind }: Operation): string {
    const at = this.names[cell]
    if (kind === "load") return `load ${at}`
    if (kind === "compareExchange") return `compareExchange ${at} ${a} => ${b}`
    return `${kind} ${at ?? ""} ${a}`.replace("  ", " ")
  }

  private dump(state: State): string {
    return this.varying.flatMap((cell, slot) =>
      state.memory[slot] === 0 ? [] : [`${this.names[cell]} = ${state.memory[slot]}`]
    ).join(", ")
  }
}
