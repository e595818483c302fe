/**
 * One run of a program under a scheduler that decides everything: whose step is next, before which operation a fiber is
 * preempted, when time passes, when an exposed fiber is interrupted. It decides nothing itself; a strategy does. What was
 * decided is written down as a schedule, so that the run can be repeated.
 *
 * A strand is the dispatcher of one fiber, and so stands for it. A step goes from one suspension of a fiber to the next;
 * fibers that it wakes may run inside of it, as they do in any Effect program.
 */
import * as Fiber from "effect/Fiber"
import type * as Scheduler from "effect/Scheduler"
import { VirtualClock } from "./clock.ts"
import type { Actor, Step } from "./schedule.ts"

export type AnyFiber = Fiber.Fiber<unknown, unknown>

/** What may come next: somebody's step, the passing of time, or an interruption. */
export interface Candidate {
  readonly actor: Actor
}

export class Strand implements Scheduler.SchedulerDispatcher {
  readonly actor: number
  fiber: AnyFiber | undefined = undefined
  private readonly world: World

  constructor(world: World, actor: number) {
    this.world = world
    this.actor = actor
  }

  scheduleTask(task: () => void): void {
    this.world.schedule(this, task)
  }

  flush(): void {
    this.world.flush()
  }
}

/** A step that can be taken. */
export class Ticket implements Candidate {
  readonly world: World
  readonly strand: Strand
  readonly task: () => void
  /** The fiber's operations when it scheduled this itself. */
  readonly operations: number
  /** It goes on with the strand's own fiber. If not, it is the first step of one that this forked. */
  isOwn = true
  /** The fiber gave way by itself after this many steps of the run. */
  yieldedAfter = -1

  constructor(world: World, strand: Strand, task: () => void, operations: number) {
    this.world = world
    this.strand = strand
    this.task = task
    this.operations = operations
  }

  /** The strand's number, and of several tickets of one strand, the how-manieth. */
  get actor(): Actor {
    let before = 0
    for (const ticket of this.world.ready) {
      if (ticket === this) break
      if (ticket.strand === this.strand) before++
    }
    return before === 0 ? this.strand.actor : `${this.strand.actor}+${before}`
  }

  /** It gave way by itself, and nobody else has run since. */
  get hasYielded(): boolean {
    return this.yieldedAfter === this.world.steps.length
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
  stepped(world: World): void
  /** The fiber that runs is preempted. */
  cut(fiber: AnyFiber): void
  /** An exposed fiber is interrupted. */
  interrupts(fiber: AnyFiber): void
}

// The first operation takes the result of what the fiber waited for; a fiber that never got beyond it would never end.
const operationsToLetThrough = 1

const none: ReadonlyArray<number> = []

const operationsToWindDown = 20_000

const inTurn: Strategy = { pick: (world) => world.ready[0] ?? time, preempts: () => false }

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

export class World implements Scheduler.Scheduler {
  readonly executionMode = "async"
  readonly tellsFibersApart = true
  readonly clock = new VirtualClock()
  readonly ready: Array<Ticket> = []
  readonly strands: Array<Strand> = []
  readonly steps: Array<Step> = []
  /** Who took the last step, or takes it now. */
  last: Strand | undefined = undefined
  /** The last step ended by a preemption. */
  wasCut = false
  operations = 0
  /** Operations of the present step so far. */
  operation = 0
  interrupted = 0
  private isStepping = false
  private isCutting = false
  private cuts: Array<number> = []
  /** What fibers have scheduled on their own dispatchers in this step. */
  private readonly scheduled: Array<Ticket> = []
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
    const count = fiber.currentOpCount
    if (count === 1) this.resumes(fiber)
    if (!this.isStepping) return false
    this.operation++
    if (++this.operations > this.limits.operations) return true
    if (count <= operationsToLetThrough || (this.ready.length === 0 && !this.hasEvents)) return false
    if (!this.strategy.preempts(this)) return false
    this.isCutting = true
    this.cuts.push(this.operation)
    this.recorder?.cut(fiber)
    return true
  }

  private resumes(fiber: AnyFiber): void {
    const strand = this.strandOf(fiber)
    if (strand === undefined) return
    strand.fiber = fiber
    // The first step of a forked fiber is scheduled by the one that forked it.
    if (this.operation === 0 && this.isStepping) this.last = strand
    this.recorder?.runs(strand, fiber)
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

  schedule(strand: Strand, task: () => void): void {
    const { fiber } = strand
    const isBySelf = fiber !== undefined && Fiber.getCurrent() === fiber
    const ticket = new Ticket(this, strand, task, isBySelf ? fiber.currentOpCount : -1)
    this.ready.push(ticket)
    if (this.isCutting) this.isCutting = false
    else if (isBySelf) this.scheduled.push(ticket)
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

  /** Lets go of the fibers of a run that is over: what one of them holds on to would else be all of the run. */
  release(): void {
    for (const strand of this.strands) strand.fiber = undefined
    this.strands.length = 0
    this.last = undefined
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
    const { actor } = candidate
    this.operation = 0
    this.isStepping = true
    this.recorder?.step(candidate)
    if (candidate instanceof Ticket) {
      this.last = candidate.strand
      ready.splice(ready.indexOf(candidate), 1)
      candidate.task()
    } else if (candidate === time) {
      this.last = undefined
      this.clock.advance()
    } else {
      this.last = undefined
      this.exposed.splice(this.exposed.indexOf(candidate as Exposure), 1)
      const { fiber } = candidate as Exposure
      if (fiber.pollUnsafe() === undefined) this.interrupted++
      this.recorder?.interrupts(fiber)
      fiber.interruptUnsafe()
    }
    this.end(actor)
    return true
  }

  private end(actor: Actor): void {
    this.isStepping = false
    this.isCutting = false
    this.wasCut = this.cuts.length > 0
    this.steps.push({ actor, cuts: this.wasCut ? this.cuts : none })
    if (this.wasCut) this.cuts = []
    if (this.scheduled.length > 0) {
      for (const ticket of this.scheduled) this.judge(ticket)
      this.scheduled.length = 0
    }
    this.recorder?.stepped(this)
  }

  /** A fiber that gives way does nothing more in its step; one that forks goes on. */
  private judge(ticket: Ticket): void {
    const fiber = ticket.strand.fiber!
    ticket.isOwn = fiber.pollUnsafe() === undefined && fiber.currentOpCount === ticket.operations
    if (ticket.isOwn) ticket.yieldedAfter = this.steps.length
  }
}
