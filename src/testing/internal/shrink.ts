/**
 * Looks for a shorter schedule that shows the same: without this preemption, without those steps, until nothing can go. Of those
 * that are equally short it prefers late preemptions, after what a thread says of what it has done.
 */
import { switches } from "./schedule.ts"
import type { Step } from "./schedule.ts"

type Steps = ReadonlyArray<Step>

/** How much there is to follow in a schedule. */
const weight = (steps: Steps): number => switches(steps) + steps.reduce((sum, { cuts }) => sum + cuts.length, 0)

const isShorter = (steps: Steps, than: Steps): boolean =>
  weight(steps) < weight(than) || (weight(steps) === weight(than) && steps.length < than.length)

/**
 * `attempt` runs a schedule and answers with the steps that were really taken if the same kind of fault is seen, else with
 * undefined. At most `attempts` are made.
 */
export const shrink = (steps: Steps, attempts: number, attempt: (steps: Steps) => Steps | undefined): Steps => {
  let best = steps
  let left = attempts
  const improves = (candidate: Steps, isBetter: (taken: Steps) => boolean): boolean => {
    if (left-- <= 0) return false
    const taken = attempt(candidate)
    if (taken === undefined || !isBetter(taken)) return false
    best = taken
    return true
  }
  const shortens = (candidate: Steps) => improves(candidate, (taken) => isShorter(taken, best))
  shortens([])
  for (let isShrinking = true; isShrinking && left > 0;) {
    isShrinking = false
    for (let size = Math.max(1, best.length >> 1); size >= 1; size >>= 1) {
      for (let from = 0; from < best.length && left > 0;) {
        if (shortens(best.toSpliced(from, size))) isShrinking = true
        else from += size
      }
    }
    for (let index = 0; index < best.length && left > 0; index++) {
      if (simpler(best, index).some(shortens)) isShrinking = true
    }
  }
  for (let index = 0; index < best.length; index++) {
    while (left > 0 && later(best, index).some((steps) => improves(steps, (taken) => !isShorter(best, taken)))) {
      /* each time a little later */
    }
  }
  return best
}

/** This step with fewer preemptions, or together with the next one, if that is of the same actor. */
const simpler = (steps: Steps, index: number): ReadonlyArray<Steps> => {
  const { actor, cuts } = steps[index]!
  if (cuts.length === 0) return []
  const without = cuts.map((_, nth) => steps.with(index, { actor, cuts: cuts.toSpliced(nth, 1) }))
  const next = steps[index + 1]
  if (cuts.length !== 1 || next?.actor !== actor || next.cuts.length !== 1) return without
  // Going on after a preemption takes an operation or two of its own.
  const together = [0, 1, 2, 3].map((own) => cuts[0]! + next.cuts[0]! - own)
  return [...without, ...together.map((cut) => steps.toSpliced(index, 2, { actor, cuts: [cut] }))]
}

/** With this step's only preemption a little later. */
const later = (steps: Steps, index: number): ReadonlyArray<Steps> => {
  const { actor, cuts } = steps[index]!
  return cuts.length === 1 ? [1, 2, 3].map((more) => steps.with(index, { actor, cuts: [cuts[0]! + more] })) : []
}
