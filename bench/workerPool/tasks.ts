/** What the pools run. Each task takes one plain object, the form that every pool takes. */
export interface Pair {
  readonly a: number
  readonly b: number
}

/** Trivial: what remains is the pool's own cost. */
export const add = ({ a, b }: Pair): number => a + b

/** Spins `b` turns from the seed `a`, about a millisecond per million, and gives a number that no compiler can foresee. */
export const spin = ({ a, b }: Pair): number => {
  let state = a | 1
  for (let turn = 0; turn < b; turn++) {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
  }
  return state >>> 0
}
