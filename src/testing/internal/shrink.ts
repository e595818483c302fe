/** Looks for a shorter schedule that shows the same: without this preemption, without those steps, until nothing can go. */
import { switches } from "./schedule.ts"
import type { Step } from "./schedule.ts"

/** How much there is to follow in a schedule. */
const weight = (steps: ReadonlyArray<Step>): number =>
  switches(steps) + steps.reduce((sum, { cuts }) => sum + cuts.length, 0)

/**
 * `attempt` runs a schedule and answers with the steps that were really taken if the same kind of fault is seen, else with
 * undefined. At most `attempts` are made.
 */
export const shrink = (
  steps: ReadonlyArray<Step>,
  attempts: number,
  attempt: (steps: ReadonlyArray<Step>) => ReadonlyArray<Step> | undefined
): ReadonlyArray<Step> => {
  let best = steps
  let left = attempts
  const isBetter = (candidate: ReadonlyArray<Step>): boolean => {
    if (left-- <= 0) return false
    const taken = attempt(candidate)
    if (taken === undefined || weight(taken) > weight(best)) return false
    if (weight(taken) === weight(best) && taken.length >= best.length) return false
    best = taken
    return true
  }
  isBetter([])
  for (let isShrinking = true; isShrinking && left > 0;) {
    isShrinking = false
    for (let size = Math.max(1, best.length >> 1); size >= 1; size >>= 1) {
      for (let from = 0; from < best.length && left > 0;) {
        if (isBetter([...best.slice(0, from), ...best.slice(from + size)])) isShrinking = true
        else from += size
      }
    }
    for (let index = 0; index < best.length && left > 0; index++) {
      const step = best[index]!
      if (step.cuts.length === 0) continue
      const whole = [...best.slice(0, index), { actor: step.actor, cuts: [] }, ...best.slice(index + 1)]
      const fewer = [...best.slice(0, index), { actor: step.actor, cuts: step.cuts.slice(1) }, ...best.slice(index + 1)]
      if (isBetter(whole) || (step.cuts.length > 1 && isBetter(fewer))) isShrinking = true
    }
  }
  return best
}
