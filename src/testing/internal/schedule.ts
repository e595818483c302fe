/**
 * A schedule, written down: who took each step, and at which of its operations it was preempted. As text, the seed of the
 * program's own random choices comes first: `7/0.1:5.2.t.i0` is strand 0 until it stops, strand 1 with a preemption before its
 * fifth operation, strand 2, then time passes, then the first exposed fiber is interrupted. `2*9` is nine times the same step.
 */

/**
 * A strand by its number, or `2+1` for the second of the steps that strand 2 has scheduled; `t` for the passing of time, `i` and a
 * number for the interruption of an exposed fiber.
 */
export type Actor = number | `${number}+${number}` | "t" | `i${number}`

export interface Step {
  readonly actor: Actor
  /** At which of the step's operations a fiber was preempted, counted from 1. */
  readonly cuts: ReadonlyArray<number>
}

export interface Schedule {
  readonly seed: number
  readonly steps: ReadonlyArray<Step>
}

export const format = ({ seed, steps }: Schedule): string => {
  const parts: Array<{ readonly text: string; times: number }> = []
  for (const { actor, cuts } of steps) {
    const text = cuts.length === 0 ? String(actor) : `${actor}:${cuts.join(",")}`
    const last = parts.at(-1)
    if (last?.text === text) last.times++
    else parts.push({ text, times: 1 })
  }
  return `${seed}/${parts.map(({ text, times }) => times === 1 ? text : `${text}*${times}`).join(".")}`
}

const syntax = /^(?:\d+(?:\+\d+)?(?::\d+(?:,\d+)*)?|t|i\d+)(?:\*\d{1,6})?$/

/** Undefined if the text is no schedule. */
export const parse = (text: string): Schedule | undefined => {
  const [seed, rest, ...more] = text.split("/")
  const parts = rest === "" ? [] : rest?.split(".")
  if (!/^\d+$/.test(seed!) || parts === undefined || more.length > 0) return undefined
  if (!parts.every((part) => syntax.test(part))) return undefined
  const steps = parts.flatMap((part): ReadonlyArray<Step> => {
    const [step, times] = part.split("*")
    const [actor, cuts] = step!.split(":")
    return Array.from({ length: times === undefined ? 1 : Number(times) }, () => ({
      actor: /^\d+$/.test(actor!) ? Number(actor) : actor as Actor,
      cuts: cuts === undefined ? [] : cuts.split(",").map(Number)
    }))
  })
  return { seed: Number(seed), steps }
}

/** How often another one than before goes on: what a reader of the schedule has to follow. */
export const switches = (steps: ReadonlyArray<Step>): number => {
  let count = 0
  for (let index = 1; index < steps.length; index++) {
    if (steps[index]!.actor !== steps[index - 1]!.actor) count++
  }
  return count
}
