/** A search that OS threads share: each takes the next slice, until none is left, and all know the best that was found so far. */
import * as SharedRef from "effect-threading/SharedRef"

export interface Search {
  readonly next: SharedRef.SharedRef
  readonly longest: SharedRef.SharedRef
}

const slice = 1_000

const steps = (n: number): number => {
  let count = 0
  for (let rest = n; rest > 1; rest = rest % 2 === 0 ? rest / 2 : 3 * rest + 1) count++
  return count
}

/** The longest way to 1 from a number below the limit. Answers with how many slices were done here. */
export const search = ({ longest, next }: Search, limit: number): number => {
  for (let slices = 0;; slices++) {
    const from = SharedRef.modifySync(next, (n) => [n, n + slice])
    if (from >= limit) return slices
    let best = 0
    for (let n = from; n < from + slice; n++) best = Math.max(best, steps(n))
    SharedRef.updateAndGetSync(longest, (known) => Math.max(known, best))
  }
}
