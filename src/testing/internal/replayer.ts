/**
 * Follows a schedule that was written down. Where the program has taken another way, since the schedule was cut shorter or the
 * program changed, it skips what cannot be; after the end of the schedule everybody takes turns.
 */
import type { Step } from "./schedule.ts"
import { time } from "./world.ts"
import type { Candidate, Strategy, World } from "./world.ts"

export class Replayer implements Strategy {
  private readonly steps: ReadonlyArray<Step>
  private position = 0
  private cuts: ReadonlyArray<number> = []

  constructor(steps: ReadonlyArray<Step>) {
    this.steps = steps
  }

  pick(world: World): Candidate {
    while (this.position < this.steps.length) {
      const { actor, cuts } = this.steps[this.position++]!
      const candidate = find(world, actor)
      if (candidate === undefined) continue
      this.cuts = cuts
      return candidate
    }
    this.cuts = []
    return world.ready[0] ?? time
  }

  preempts(world: World): boolean {
    return this.cuts.includes(world.operation)
  }
}

const find = (world: World, actor: Step["actor"]): Candidate | undefined =>
  actor === "t"
    ? (world.clock.isAwaited ? time : undefined)
    : (world.ready as ReadonlyArray<Candidate>).find((ticket) => ticket.actor === actor)
      ?? world.interruptible.find((exposure) => exposure.actor === actor)
