/**
 * The atomic operations on shared memory that the library uses. All go through here and through nothing else, so that there is
 * one place to look at, and one to put a model in, which may let simulated threads take turns at every step.
 */

/** What can be done to a cell of shared memory. */
export interface Atomic {
  load(cells: Int32Array, index: number): number
  store(cells: Int32Array, index: number, value: number): void
  /** Sets the cell to `replacement` if it holds `expected`, and answers what it held. */
  compareExchange(cells: Int32Array, index: number, expected: number, replacement: number): number
  /** Adds, and answers what the cell held before. */
  add(cells: Int32Array, index: number, value: number): number
  /** Wakes up to so many of those who wait on the cell, and answers how many. */
  notify(cells: Int32Array, index: number, count: number): number
  /** Blocks this OS thread while the cell holds `expected`, until it is notified or so many milliseconds have passed. */
  wait(cells: Int32Array, index: number, expected: number, ms: number): "ok" | "not-equal" | "timed-out"
  /** Calls back once notified; false, and never, if the cell holds something else. It cannot be taken back. */
  waitAsync(cells: Int32Array, index: number, expected: number, woken: () => void): boolean
  /** Tells the processor that somebody spins. */
  pause(): void
}

let model: Atomic | undefined

/** Puts a model in the place of the memory, or takes it away again. */
export const simulate = (atomic: Atomic | undefined): void => {
  model = atomic
}

export const load = (cells: Int32Array, index: number): number =>
  model === undefined ? Atomics.load(cells, index) : model.load(cells, index)

export const store = (cells: Int32Array, index: number, value: number): void => {
  if (model === undefined) Atomics.store(cells, index, value)
  else model.store(cells, index, value)
}

/** A cell that nobody else may look at now: whoever may, will have come by an atomic operation after the last one here. */
export const read = (cells: Int32Array, index: number): number =>
  model === undefined ? cells[index]! : model.load(cells, index)

export const write = (cells: Int32Array, index: number, value: number): void => {
  if (model === undefined) cells[index] = value
  else model.store(cells, index, value)
}

export const compareExchange = (
  cells: Int32Array,
  index: number,
  expected: number,
  replacement: number
): number =>
  model === undefined
    ? Atomics.compareExchange(cells, index, expected, replacement)
    : model.compareExchange(cells, index, expected, replacement)

export const add = (cells: Int32Array, index: number, value: number): number =>
  model === undefined ? Atomics.add(cells, index, value) : model.add(cells, index, value)

export const notify = (cells: Int32Array, index: number, count = Infinity): number =>
  model === undefined ? Atomics.notify(cells, index, count) : model.notify(cells, index, count)

export const wait: Atomic["wait"] = (cells, index, expected, ms) =>
  model === undefined ? Atomics.wait(cells, index, expected, ms) : model.wait(cells, index, expected, ms)

export const waitAsync: Atomic["waitAsync"] = (cells, index, expected, woken) => {
  if (model !== undefined) return model.waitAsync(cells, index, expected, woken)
  const { async, value } = Atomics.waitAsync(cells as Int32Array<SharedArrayBuffer>, index, expected)
  if (async) void value.then(woken)
  return async
}

const hint = (Atomics as { readonly pause?: () => void }).pause

export const pause = (): void => {
  if (model !== undefined) model.pause()
  else hint?.()
}

/** Cells of 64 bits. What is done with them is done in one step, so a model would have nothing to tell. */
export const load64 = (cells: BigInt64Array, index: number): bigint => Atomics.load(cells, index)

export const compareExchange64 = (
  cells: BigInt64Array,
  index: number,
  expected: bigint,
  replacement: bigint
): bigint => Atomics.compareExchange(cells, index, expected, replacement)
