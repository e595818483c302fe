/** The memory and its waiters: what a state is, and what becomes of it by one step of a thread. */
import type { Layout } from "./layout.ts"
import type { Model } from "./model.ts"
import type { Local, Locals, Operation } from "./replay.ts"
import { Answer } from "./replay.ts"

export interface State {
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

interface Waiter {
  readonly thread: number
  readonly cell: number
  readonly slot: number
}

export interface Step {
  readonly thread: number
  /** What its operation answers, if that is not what memory says. */
  readonly what: number | "killed"
  readonly usesTimeout?: boolean
}

const wordOf: Record<number, string> = { [Answer.timer]: "timer", [Answer.interrupted]: "interrupted" }

export class Machine {
  private readonly model: Model
  private readonly layout: Layout
  private readonly locals: Locals
  private readonly codes: Array<number> = []

  constructor(model: Model, layout: Layout, locals: Locals) {
    this.model = model
    this.layout = layout
    this.locals = locals
  }

  start(): State {
    const { deaths = 0, threads, timeouts } = this.model
    return {
      memory: Int32Array.from(this.layout.varying, (cell) => this.layout.values[cell]!),
      locals: threads.map((_, thread) => this.locals.start(thread)),
      waiters: [],
      due: [],
      deaths,
      timeouts: threads.map(() => typeof timeouts === "number" ? timeouts : 0)
    }
  }

  /** States are alike whose texts are. */
  keyOf(state: State): string {
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

  take(before: State, step: Step): State {
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
    if (step.usesTimeout === true) return this.timeOut(state, step, true)
    if (step.what === Answer.spun || next.kind === "choose") return answer(step.what)
    if (next.kind === "turn") {
      if (step.what >= 0) state.due = state.due.filter((w) => w.thread !== thread || w.slot !== step.what)
      return answer(step.what)
    }
    if (step.what === Answer.timedOut) return this.timeOut(state, step, false)
    return this.perform(state, thread, next, answer)
  }

  private timeOut(state: State, { thread, what }: Step, isCounted: boolean): State {
    if (isCounted) state.timeouts = state.timeouts.with(thread, state.timeouts[thread]! - 1)
    state.waiters = state.waiters.filter((waiter) => waiter.thread !== thread || waiter.slot >= 0)
    state.locals[thread] = this.locals.after(state.locals[thread]!, what as number)
    return state
  }

  private perform(state: State, thread: number, next: Operation, answer: (what: number) => State): State {
    const { layout, model: { tidy } } = this
    const { a, b, cell, kind } = next
    const slot = layout.slots[cell]!
    const held = state.memory[slot]!
    const put = (value: number): void => {
      if (value === held) return
      const memory = state.memory.slice()
      memory[slot] = value
      state.memory = memory
      if (tidy === undefined || slot !== layout.slotOf(tidy.cells, tidy.index)) return
      tidy.forgets(value, (index) => {
        memory[layout.slotOf(tidy.cells, index)] = 0
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

  describe(state: State, { thread, what }: Step): string {
    const who = `thread ${thread + 1}`
    if (what === "killed") return `${who} is killed`
    const next = state.locals[thread]!.next!
    const text = this.textOf(next)
    if (what === Answer.spun) return `${who} has spun enough at: ${text}`
    if (what === Answer.timedOut) return `${who} times out`
    if (next.kind === "choose" || next.kind === "turn") return `${who}: ${text} -> ${wordOf[what] ?? what}`
    const held = next.kind === "isRunning" ? this.runs(state, next.a) : state.memory[this.layout.slots[next.cell]!]
    return `${who}: ${text}${next.kind === "notify" || next.kind === "store" ? "" : ` -> ${held}`}`
  }

  textOf({ a, b, cell, kind }: Operation): string {
    const at = this.layout.names[cell]
    if (kind === "load") return `load ${at}`
    if (kind === "compareExchange") return `compareExchange ${at} ${a} => ${b}`
    return `${kind} ${at ?? ""} ${a}`.replace("  ", " ")
  }

  dump(state: State): string {
    return this.layout.varying.flatMap((cell, slot) =>
      state.memory[slot] === 0 ? [] : [`${this.layout.names[cell]} = ${state.memory[slot]}`]
    ).join(", ")
  }
}
