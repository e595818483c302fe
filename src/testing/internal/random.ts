/** Random choices that a seed determines (mulberry32). */

export interface Random {
  /** A number from 0 up to, but not including, 1. */
  next(): number
  /** A whole number from 0 up to, but not including, `bound`. */
  below(bound: number): number
  chance(probability: number): boolean
  pick<A>(items: ReadonlyArray<A>): A
}

export const makeRandom = (seed: number): Random => {
  // Neighbouring seeds start far apart.
  let state = Math.imul(seed, 0x9E3779B1) >>> 0
  const next = (): number => {
    state = (state + 0x6D2B79F5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  const below = (bound: number): number => Math.floor(next() * bound)
  return { next, below, chance: (probability) => next() < probability, pick: (items) => items[below(items.length)]! }
}
