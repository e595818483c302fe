/**
 * How the explorer decides: by chance, by priorities with a few random changes (PCT), or by trying everything up to a bound of
 * preemptions. A strategy plans a whole exploration; each run gets its decisions from what the strategy makes for it.
 */
import { makeRandom } from "./random.ts"
import type { Random } from "./random.ts"
import { time } from "./world.ts"
import type { Candidate, Strand, Strategy, Ticket, World } from "./world.ts"

/** A strategy for many runs. */
export interface Plan {
  /** The decisions of the next run, given its seed; undefined if there is nothing left to try. */
  next(seed: number): Strategy | undefined
  /** Everything has been tried. */
  readonly isComplete: boolean
}

/** Chooses evenly among those that are ready. How often it preempts differs from run to run: some faults need lock-step, some a run far ahead. */
export const random = (interrupts: number): Plan => ({
  next: (seed) => new RandomStrategy(makeRandom(seed), interrupts),
  isComplete: false
})

class RandomStrategy implements Strategy {
  private readonly chances: Random
  private readonly preemption: number
  private readonly interruption: number
  private readonly passing: number

  constructor(chances: Random, interrupts: number) {
    this.chances = chances
    this.preemption = chances.pick([0.02, 0.06, 0.2, 0.5])
    this.interruption = interrupts === 0 ? 0 : chances.pick([0, interrupts / 4, interrupts, interrupts * 4])
    this.passing = chances.pick([0.005, 0.03, 0.2])
  }

  preempts(): boolean {
    return this.chances.chance(this.preemption)
  }

  pick(world: World): Candidate {
    const { interruptible, ready } = world
    if (interruptible.length > 0 && this.chances.chance(this.interruption)) return this.chances.pick(interruptible)
    if (world.timeMayPass && (ready.length === 0 || this.chances.chance(this.passing))) return time
    return ready.length === 1 ? ready[0]! : this.chances.pick(ready)
  }
}

/**
 * Probabilistic concurrency testing (Burckhardt and others, 2010): each strand has a random priority, the highest goes on, and
 * at `depth - 1` random operations the one that runs falls below all others. A fault that needs `depth` ordering decisions is
 * found with a probability that doesn't shrink with the number of schedules, only with threads and operations.
 */
export const pct = (depth: number, operations: number, interrupts: number): Plan => ({
  next: (seed) => new PctStrategy(makeRandom(seed), depth, Math.max(1, operations), interrupts),
  isComplete: false
})

class PctStrategy implements Strategy {
  private readonly chances: Random
  private readonly changes: Set<number>
  private readonly eventsAt: number
  private readonly priorities = new Map<Strand | Ticket, number>()
  private lowest = 0
  private isEventDue = false

  constructor(chances: Random, depth: number, operations: number, interrupts: number) {
    this.chances = chances
    this.changes = new Set(Array.from({ length: depth - 1 }, () => chances.below(operations) + 1))
    // Time may pass early, and an exposed fiber be interrupted, at one more random moment.
    this.eventsAt = interrupts > 0 || chances.chance(0.5) ? chances.below(operations) + 1 : Infinity
  }

  private priority(holder: Strand | Ticket): number {
    let priority = this.priorities.get(holder)
    if (priority === undefined) this.priorities.set(holder, priority = this.chances.next())
    return priority
  }

  // A fiber that has not begun has no strand yet.
  private priorityOf(ticket: Ticket): number {
    return this.priority(ticket.isOwn ? ticket.strand : ticket)
  }

  preempts(world: World): boolean {
    if (world.operations >= this.eventsAt && world.hasEvents && !this.isEventDue) return this.isEventDue = true
    const { last } = world
    if (last === undefined) return false
    if (this.changes.delete(world.operations)) this.priorities.set(last, --this.lowest)
    const priority = this.priority(last)
    for (const ticket of world.ready) if (this.priorityOf(ticket) > priority) return true
    return false
  }

  pick(world: World): Candidate {
    const { interruptible, ready } = world
    if (this.isEventDue || (world.operations >= this.eventsAt && ready.length === 0)) {
      this.isEventDue = false
      const events = world.timeMayPass ? [...interruptible, time] : interruptible
      if (events.length > 0) return this.chances.pick(events)
    }
    let first: Candidate = time
    let highest = -Infinity
    for (const ticket of ready) {
      // Who gives way by itself waits for others: a loop that polls would else run for ever.
      if (ticket.hasYielded) this.priorities.set(ticket.strand, --this.lowest)
      const priority = this.priorityOf(ticket)
      if (priority > highest) [first, highest] = [ticket, priority]
    }
    return first
  }
}

/** One decision among several, and how many of its alternatives have been tried. */
interface Decision {
  chosen: number
  readonly among: number
}

/**
 * Tries every schedule with up to so many preemptions, depth first. Where a fiber stops by itself, who goes on is free; cutting
 * it short, going on with one that gave way by itself, an early passing of time and an interruption cost a preemption each.
 */
export const exhaustive = (preemptions: number): Plan => {
  const decisions: Array<Decision> = []
  let hasBegun = false
  let isComplete = false
  return {
    next: () => {
      if (hasBegun) {
        while (decisions.length > 0 && decisions.at(-1)!.chosen + 1 === decisions.at(-1)!.among) decisions.pop()
        if (decisions.length === 0) {
          isComplete = true
          return undefined
        }
        decisions.at(-1)!.chosen++
      }
      hasBegun = true
      return new ExhaustiveStrategy(decisions, preemptions)
    },
    get isComplete() {
      return isComplete
    }
  }
}

class ExhaustiveStrategy implements Strategy {
  private readonly decisions: Array<Decision>
  private position = 0
  private left: number

  constructor(decisions: Array<Decision>, preemptions: number) {
    this.decisions = decisions
    this.left = preemptions
  }

  private choose(among: number): number {
    if (among === 1) return 0
    const decision = this.decisions[this.position++]
    if (decision === undefined) {
      this.decisions.push({ chosen: 0, among })
      return 0
    }
    if (decision.among !== among) throw new NondeterminismError(this.position, decision.among, among)
    return decision.chosen
  }

  preempts(): boolean {
    if (this.left === 0 || this.choose(2) === 0) return false
    this.left--
    return true
  }

  pick(world: World): Candidate {
    const { interruptible, last, ready } = world
    const free: Array<Candidate> = []
    const paid: Array<Candidate> = []
    for (const ticket of ready) {
      // Going on with the one that was cut short is the schedule without the cut.
      if (ticket.isOwn && ticket.strand === last && world.wasCut && ready.length > 1) continue
      if (ticket.hasYielded && ready.length > 1) paid.push(ticket)
      else free.push(ticket)
    }
    if (free.length === 0) free.push(...paid.length > 0 ? paid.splice(0) : ready)
    if (world.timeMayPass) (ready.length === 0 ? free : paid).push(time)
    paid.push(...interruptible)
    const all = this.left > 0 ? [...free, ...paid] : free
    const chosen = this.choose(all.length)
    if (chosen >= free.length) this.left--
    return all[chosen]!
  }
}

/** The program took another way although every decision was the same. */
export class NondeterminismError extends Error {
  constructor(decision: number, before: number, now: number) {
    super(
      `decision ${decision} was among ${before} in one run and among ${now} in the next, with the same decisions before it. `
        + "The program depends on something besides the schedule: real time, Math.random, or what earlier runs left behind. "
        + "Make its state anew in each run, and use Effect's Clock and Random."
    )
  }
}
