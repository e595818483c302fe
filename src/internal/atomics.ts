/**
 * The atomic operations on shared memory that the library uses. All go through here and through nothing else, so that there is
 * one place to look at, and one to put a model in.
 */

/** Sets the cell to `replacement` if it holds `expected`, and answers what it held. */
export const compareExchange = (
  cells: Int32Array,
  index: number,
  expected: number,
  replacement: number
): number => Atomics.compareExchange(cells, index, expected, replacement)

export const load = (cells: Int32Array, index: number): number => Atomics.load(cells, index)

export const store = (cells: Int32Array, index: number, value: number): void => {
  Atomics.store(cells, index, value)
}
