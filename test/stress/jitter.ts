/**
 * Between the atomic operations of the library: now and then some time passes, so that others come in between; sleeps are counted;
 * and whoever is doomed dies there, for which every moment is as good as any other.
 */
import { type Atomic, simulate } from "../../src/internal/atomics.ts"
import type { Random } from "../../src/testing/internal/random.ts"
import { Count, type Field } from "./field.ts"

interface Options {
  readonly field: Field
  readonly random: Random
  readonly isJittery: boolean
  /** After how many atomic operations this OS thread ends; never, if 0. */
  readonly diesAt: number
  /** Whether nobody is woken, to see that this is found. */
  readonly isMute: boolean
}

const memory = {
  load: (cells: Int32Array, index: number) => Atomics.load(cells, index),
  store: (cells: Int32Array, index: number, value: number) => void Atomics.store(cells, index, value),
  compareExchange: (cells: Int32Array, index: number, expected: number, replacement: number) =>
    Atomics.compareExchange(cells, index, expected, replacement),
  add: (cells: Int32Array, index: number, value: number) => Atomics.add(cells, index, value),
  notify: (cells: Int32Array, index: number, count: number) => Atomics.notify(cells, index, count),
  wait: (cells: Int32Array, index: number, expected: number, ms: number) => Atomics.wait(cells, index, expected, ms),
  waitAsync: (cells: Int32Array, index: number, expected: number, woken: () => void) => {
    const { async, value } = Atomics.waitAsync(cells as Int32Array<SharedArrayBuffer>, index, expected)
    if (async) void value.then(woken)
    return async
  },
  pause: () => {}
}

/** Until `calm`. */
export const jitter = ({ diesAt, field, isJittery, isMute, random }: Options): void => {
  let left = diesAt
  const between = (): void => {
    if (--left === 0) process.exit(1)
    if (!isJittery || !random.chance(0.02)) return
    for (let turns = random.below(400); turns > 0; turns--) field.get(Count.target)
  }
  const after = <Args extends ReadonlyArray<never>, A>(f: (...args: Args) => A) => (...args: Args): A => {
    between()
    return f(...args)
  }
  const wait: Atomic["wait"] = (cells, index, expected, ms) => {
    field.add(Count.blocked)
    between()
    return memory.wait(cells, index, expected, ms)
  }
  simulate({
    load: after(memory.load),
    store: after(memory.store),
    compareExchange: after(memory.compareExchange),
    add: after(memory.add),
    notify: isMute ? () => 0 : after(memory.notify),
    wait,
    waitAsync: after(memory.waitAsync),
    pause: memory.pause
  })
}

export const calm = (): void => simulate(undefined)
