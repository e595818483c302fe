/**
 * Runs a few simulated OS threads over shared memory in every order in which their atomic operations can follow one another,
 * as loom does, though each state only once. The number of orders is counted over the graph of states.
 */
import { Layout } from "./layout.ts"
import { Machine } from "./machine.ts"
import type { State, Step } from "./machine.ts"
import { ModelFailure } from "./model.ts"
import type { Model, Now, Report } from "./model.ts"
import type { Mutation } from "./replay.ts"
import { Answer, Locals } from "./replay.ts"

/** How many orders there are from a state on, and the longest; -1 while it is being looked at. */
interface Found {
  paths: bigint
  longest: number
}

const mostSteps = 3000

/** Explores all of it, or throws the first `ModelFailure`. */
export const explore = (
  model: Model,
  options: { readonly mutation?: Mutation | undefined; readonly mostStates?: number } = {}
) => new Search(model, options.mutation, options.mostStates ?? 5_000_000).report()

class Search {
  private readonly model: Model
  private readonly layout: Layout
  private readonly locals: Locals
  private readonly machine: Machine
  private readonly mostStates: number
  private readonly seen = new Map<string, Found>()
  private readonly trail: Array<{ readonly state: State; readonly step: Step }> = []

  constructor(model: Model, mutation: Mutation | undefined, mostStates: number) {
    this.model = model
    this.mostStates = mostStates
    this.layout = new Layout(model)
    this.locals = new Locals(model.threads, this.layout, mutation)
    this.machine = new Machine(model, this.layout, this.locals)
  }

  report(): Report {
    const { longest, paths } = this.visit(this.machine.start())
    return { states: this.seen.size, interleavings: paths, longest, histories: this.locals.all.length }
  }

  /** Goes on while a thread is alone with what it does, and looks at what there is to choose then. */
  private visit(before: State): Found {
    let state = before
    let forced = 0
    for (let step = this.forcedStep(state); step !== undefined; step = this.forcedStep(state)) {
      this.trail.push({ state, step })
      state = this.machine.take(state, step)
      forced++
    }
    const found = this.look(state)
    this.trail.length -= forced
    return forced === 0 ? found : { paths: found.paths, longest: found.longest + forced }
  }

  private forcedStep(state: State): Step | undefined {
    if (this.layout.guards.size === 0) return undefined
    for (let thread = 0; thread < state.locals.length; thread++) {
      const next = state.locals[thread]?.next
      const guard = next === undefined ? undefined : this.layout.guards.get(next.cell)
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
    const key = this.machine.keyOf(state)
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
      const after = this.visit(this.machine.take(state, step))
      this.trail.pop()
      paths += after.paths
      longest = Math.max(longest, after.longest + 1)
    }
    if (steps.length > 0) found.paths = paths
    found.longest = longest
    return found
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
        read: (cells, index) => state.memory[this.layout.slotOf(cells, index)]!,
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
      if (this.layout.guards.has(next.cell)) return [{ thread, what: 0 }, ...kill]
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
      } else if (next.unless !== undefined && state.memory[this.layout.slots[next.cell]!] === next.unless) {
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

  private fail(what: string, state: State): never {
    const { machine } = this
    const lines = this.trail.map(({ state, step }) => machine.describe(state, step))
    const left = state.locals.flatMap((local, thread) =>
      local?.next === undefined ? [] : [`thread ${thread + 1} is before: ${machine.textOf(local.next)}`]
    )
    throw new ModelFailure(what, [...lines, ...left, `memory: ${machine.dump(state)}`])
  }
}
