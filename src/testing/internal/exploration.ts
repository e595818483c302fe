/** Runs a program under one schedule after the other, until one shows a fault; then looks for a shorter one that shows it too. */
import * as Effect from "effect/Effect"
import type { Finding } from "./findings.ts"
import { Replayer } from "./replayer.ts"
import { Run } from "./run.ts"
import type { Subject } from "./run.ts"
import { format } from "./schedule.ts"
import type { Schedule, Step } from "./schedule.ts"
import { shrink } from "./shrink.ts"
import { exhaustive, pct, random } from "./strategies.ts"
import type { Plan } from "./strategies.ts"

/** What is explored, and how far. */
export interface Extent {
  readonly strategy: "random" | "pct" | "exhaustive"
  readonly schedules: number
  readonly seed: number
  readonly preemptions: number
  readonly depth: number
  readonly interrupts: number
  readonly shrinks: number
}

/** What an exploration did that found nothing. */
export interface Tally {
  readonly schedules: number
  readonly operations: number
  readonly interrupts: number
  readonly isComplete: boolean
}

/** A fault, the shortest schedule that shows it, and what happens in it. */
export interface Found extends Finding {
  readonly seed: number
  readonly schedules: number
  readonly schedule: string
  readonly table: string
}

const planOf = (subject: Subject, { depth, interrupts, preemptions, strategy }: Extent): Plan =>
  strategy === "exhaustive"
    ? exhaustive(preemptions)
    : strategy === "pct"
    ? pct(depth, lengthOf(subject), interrupts)
    : random(interrupts)

/** How many operations a run takes that nobody disturbs: the same for each seed, so that a seed alone is enough to replay. */
const lengthOf = (subject: Subject): number => {
  const run = new Run(subject, new Replayer([]), 0, false)
  run.go()
  run.conclude()
  return run.world.operations
}

// Others get their turn now and then.
const millisAtOnce = 20

export const explore = (subject: Subject, extent: Extent): Effect.Effect<Tally, Found> =>
  Effect.suspend(() => {
    const plan = planOf(subject, extent)
    let schedules = 0
    let operations = 0
    let interrupts = 0
    const over = (run: Run): Effect.Effect<never, Found> | undefined => {
      operations += run.world.operations
      interrupts += run.world.interrupted
      const finding = run.conclude()
      run.world.release()
      return finding && Effect.fail(explain(subject, finding, run, schedules, extent.shrinks))
    }
    const batch: Effect.Effect<Tally, Found> = Effect.suspend(() => {
      for (const end = Date.now() + millisAtOnce; Date.now() < end;) {
        const seed = extent.seed + schedules
        const strategy = schedules === extent.schedules ? undefined : plan.next(seed)
        if (strategy === undefined) {
          return Effect.succeed({ schedules, operations, interrupts, isComplete: plan.isComplete })
        }
        schedules++
        // Every schedule of the same program, so its own random choices stay the same.
        const run = new Run(subject, strategy, extent.strategy === "exhaustive" ? extent.seed : seed, false)
        run.go()
        if (!run.isOver) return Effect.flatMap(awaitOthers(run), () => over(run) ?? batch)
        const failure = over(run)
        if (failure !== undefined) return failure
      }
      return Effect.flatMap(Effect.yieldNow, () => batch)
    })
    return batch
  })

/** What waits for a promise or an immediate is not stuck. */
const awaitOthers = (run: Run): Effect.Effect<void> =>
  Effect.flatMap(run.waitFor(Effect.yieldNow), () => {
    const { steps } = run.world
    const before = steps.length
    run.go()
    return run.isOver || steps.length === before ? Effect.void : awaitOthers(run)
  })

// All attempts at a shorter schedule together, so that a long program's failure is told in seconds.
const operationsToShrink = 20_000_000

const explain = (subject: Subject, found: Finding, failed: Run, schedules: number, shrinks: number): Found => {
  const { seed, steps } = failed.schedule
  const { operations } = failed.world
  // What takes much longer than the run that failed does not fail in the same way.
  const limits = { ...subject.limits, operations: Math.min(subject.limits.operations, 2 * operations + 1_000) }
  let left = operationsToShrink
  const attempt = (steps: ReadonlyArray<Step>, isTraced: boolean) => {
    const run = new Run({ ...subject, limits }, new Replayer(steps), seed, isTraced)
    run.go()
    left -= run.world.operations
    const finding = run.conclude()
    return finding?.kind === found.kind ? { finding, run } : undefined
  }
  const shortest = found.kind === "livelock" ? steps : shrink(
    steps,
    shrinks,
    (steps) => left > 0 ? attempt(steps, false)?.run.world.steps : undefined
  )
  const shown = attempt(shortest, true)
  return {
    ...(shown?.finding ?? found),
    seed,
    schedules,
    schedule: format({ seed, steps: shortest }),
    table: shown?.run.trace?.toString()
      ?? "It could not be repeated: the program depends on something besides the schedule."
  }
}

/** Runs the program once, under this schedule. */
export const follow = (subject: Subject, { seed, steps }: Schedule): Effect.Effect<Tally, Found> =>
  Effect.suspend(() => {
    // The schedule says when time passes and who is interrupted.
    const limits = { ...subject.limits, anyTime: true, interrupts: true }
    const run = new Run({ ...subject, limits }, new Replayer(steps), seed, true)
    run.go()
    return Effect.flatMap(run.isOver ? Effect.void : awaitOthers(run), () => {
      const finding = run.conclude()
      const { interrupted: interrupts, operations } = run.world
      return finding === undefined
        ? Effect.succeed({ schedules: 1, operations, interrupts, isComplete: false })
        : Effect.fail({
          ...finding,
          seed,
          schedules: 1,
          schedule: format(run.schedule),
          table: run.trace!.toString()
        })
    })
  })
