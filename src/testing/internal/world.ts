/**
 * One run of a program under a scheduler that decides everything: whose step is next, before which operation a fiber is
 * preempted, when time passes, when an exposed fiber is interrupted. It decides nothing itself; a strategy does. What was
 * decided is written down as a schedule, so that the run can be repeated.
 *
 * A strand is the sequence of steps of one fiber: what its dispatcher is given to run. A step goes from one suspension of the
 * fiber to the next; fibers that it wakes may run inside of it, as they do in any Effect program.
 */
import type * as Fiber from "effect/Fiber"
import type * as Scheduler from "effect/Scheduler"
import { VirtualClock } from "./clock.ts"
import type { Actor, Step } from "./schedule.ts"

export type AnyFiber = Fiber.Fiber<unknown, unknown>

/** Who may take the next step. */
export interface Candidate {
  readonly actor: Actor
}

export class Strand implements Candidate, Scheduler.SchedulerDispatcher {
  readonly actor: number
  fiber: AnyFiber | undefined = undefined
  /** It gave way by itself, and nobody else has run since. */
  hasYielded = false
  private readonly world: World
  private readonly tasks: Array<() => void> = []

  constructor(world: World, actor: number) {
    this.world = world
    this.actor = actor
  }

  scheduleTask(task: () => void): void {
    this.tasks.push(task)
    this.world.becomesReady(this)
  }

  flush(): void {
    this.world.flush()
  }

  take(): () => void {
    return this.tasks.shift()!
  }

  get isReady(): boolean {
    return this.tasks.length > 0
  }
}

/** Makes the decisions of a run. */
export interface Strategy {
  /** Who of those that are ready is next, or which of the events that may come. Asked before every step. */
  pick(world: World): Candidate
  /** Whether the fiber that runs is preempted before its next operation. Asked only if others could go on. */
  preempts(world: World): boolean
}

/** Who writes down what happens in a run. */
export interface Recorder {
  /** A fiber begins to run, or goes on. */
  runs(strand: Strand, fiber: AnyFiber): void
  /** A step begins. */
  step(candidate: Candidate): void
  /** And ends. */
  stepped(): void
  /** The fiber that runs is preempted. */
  cut(fiber: AnyFiber): void
  /** An exposed fiber is interrupted. */
  interrupts(fiber: AnyFiber): void
}

// The first operation takes the result of what the fiber waited for; a fiber that never got beyond it would never end.
const operationsToLetThrough = 1

export interface Limits {
  /** Operations after which a run is taken for one that never ends. */
  readonly operations: number
  /** Whether time passes also while somebody could go on. */
  readonly anyTime: boolean
  /** Whether exposed fibers are interrupted. */
  readonly interrupts: boolean
}

/** The passing of time, until the first sleeper wakes. */
export const time: Candidate = { actor: "t" }

interface Wrapped extends Scheduler.SchedulerDispatcher {
  readonly ambient?: Wrapped | undefined
}

interface Exposure extends Candidate {
  readonly fiber: AnyFiber
}

const none: ReadonlyArray<number> = []

const operationsToWindDown = 20_000

const inTurn: Strategy = { pick: (world) => world.ready[0] ?? time, preempts: () => false }

export class World implements Scheduler.Scheduler {
  readonly executionMode = "async"
  readonly tellsFibersApart = true
  readonly clock = new VirtualClock()
  readonly ready: Array<Strand> = []
  readonly strands: Array<Strand> = []
  readonly steps: Array<Step> = []
  /** Who took the last step, or takes it now. */
  last: Candidate | undefined = undefined
  /** The last step ended by a preemption. */
  wasCut = false
  operations = 0
  /** Operations of the present step so far. */
  operation = 0
  interrupted = 0
  private isStepping = false
  private isCutting = false
  private cuts: Array<number> = []
  private readonly exposed: Array<Exposure> = []
  private exposures = 0
  private strategy: Strategy
  private limits: Limits
  private recorder: Recorder | undefined

  constructor(strategy: Strategy, limits: Limits, recorder: Recorder | undefined) {
    this.strategy = strategy
    this.limits = limits
    this.recorder = recorder
  }

  get isExhausted(): boolean {
    return this.operations > this.limits.operations
  }

  /** Time may pass now: always if it may at any moment, else only once nobody else can go on. */
  get timeMayPass(): boolean {
    return this.clock.isAwaited && (this.limits.anyTime || this.ready.length === 0)
  }

  /** The exposed fibers that may be interrupted now. */
  get interruptible(): ReadonlyArray<Candidate> {
    return this.exposed
  }

  /** The step of who is ready is not the only thing that may happen. */
  get hasEvents(): boolean {
    return this.exposed.length > 0 || this.timeMayPass
  }

  shouldYield(fiber: AnyFiber): boolean {
    if (fiber.currentOpCount === 1) {
      const strand = this.strandOf(fiber)
      if (strand !== undefined) {
        strand.fiber = fiber
        this.recorder?.runs(strand, fiber)
      }
    }
    if (!this.isStepping) return false
    this.operation++
    if (++this.operations > this.limits.operations) return true
    if (fiber.currentOpCount <= operationsToLetThrough) return false
    if (this.ready.length === 0 && !this.hasEvents) return false
    if (!this.strategy.preempts(this)) return false
    this.isCutting = true
    this.cuts.push(this.operation)
    this.recorder?.cut(fiber)
    return true
  }

  /** The strand of this fiber, below what regions and others have put around its dispatcher. */
  strandOf(fiber: AnyFiber): Strand | undefined {
    let dispatcher: Wrapped | undefined = fiber.currentDispatcher
    while (dispatcher !== undefined && !(dispatcher instanceof Strand)) dispatcher = dispatcher.ambient
    return dispatcher
  }

  makeDispatcher(): Scheduler.SchedulerDispatcher {
    const strand = new Strand(this, this.strands.length)
    this.strands.push(strand)
    return strand
  }

  becomesReady(strand: Strand): void {
    if (!this.ready.includes(strand)) this.ready.push(strand)
    if (this.isCutting) this.isCutting = false
    else if (strand === this.last) strand.hasYielded = true
  }

  /** Lets the explorer interrupt the fiber, once, at a moment of its choice. */
  expose(fiber: AnyFiber): void {
    const actor = `i${this.exposures++}` as const
    if (this.limits.interrupts) this.exposed.push({ actor, fiber })
  }

  /** Runs until nothing is ready and nobody sleeps, or the limit is reached. */
  flush(): void {
    while (!this.isExhausted && this.step()) { /* each call is a step */ }
  }

  /** Lets what is left come to its end, with nothing decided or written down any more; not for ever. */
  windDown(): void {
    const taken = this.steps.length
    this.strategy = inTurn
    this.recorder = undefined
    this.limits = { operations: this.operations + operationsToWindDown, anyTime: false, interrupts: false }
    this.flush()
    this.steps.length = taken
  }

  private step(): boolean {
    const { ready } = this
    if (ready.length === 0 && !this.clock.isAwaited) return false
    const candidate = this.strategy.pick(this)
    this.begin(candidate)
    if (candidate instanceof Strand) {
      ready.splice(ready.indexOf(candidate), 1)
      const task = candidate.take()
      if (candidate.isReady) ready.push(candidate)
      task()
    } else if (candidate === time) {
      this.clock.advance()
    } else {
      this.exposed.splice(this.exposed.indexOf(candidate as Exposure), 1)
      const { fiber } = candidate as Exposure
      if (fiber.pollUnsafe() === undefined) this.interrupted++
      this.recorder?.interrupts(fiber)
      fiber.interruptUnsafe()
    }
    this.end(candidate)
    return true
  }

  private begin(candidate: Candidate): void {
    if (this.last instanceof Strand && this.last !== candidate) this.last.hasYielded = false
    if (candidate instanceof Strand) candidate.hasYielded = false
    this.last = candidate
    this.operation = 0
    this.isStepping = true
    this.recorder?.step(candidate)
  }

  private end(candidate: Candidate): void {
    this.isStepping = false
    this.isCutting = false
    this.wasCut = this.cuts.length > 0
    this.steps.push({ actor: candidate.actor, cuts: this.wasCut ? this.cuts : none })
    if (this.wasCut) this.cuts = []
    this.recorder?.stepped()
  }
}
