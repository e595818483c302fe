/** What the models of algorithms between OS threads have in common. */
import { OsThreads } from "../../../src/internal/shared/osThreads.ts"
import type { Model } from "../model.ts"
import { isRunning, setUp } from "../replay.ts"
import type { Body, Mutation, Operation, Sim } from "../replay.ts"

/** A model, and what has to be found wrong with it once an operation of it is another. */
export interface Case {
  readonly name: string
  readonly model: () => Model
  /** The least that has to be covered. */
  readonly states: number
  readonly mutants?: ReadonlyArray<Mutant>
}

export interface Mutant {
  readonly name: string
  readonly model?: () => Model
  readonly mutation?: Mutation
  /** What is found. */
  readonly finds: RegExp
}

export const assert = (condition: boolean, what: string): void => {
  if (!condition) throw new Error(what)
}

/** So many OS threads, of the numbers 1, 2, …, that have entered the table before the model begins. */
export const osThreads = (count: number) => {
  const header = 4
  const stride = 3
  const table = new Int32Array(header + stride * (count + 1))
  const threads = setUp(() => Array.from({ length: count }, (_, i) => new OsThreads(table, i + 1, i + 1, isRunning)))
  return {
    threads,
    table,
    /** All but the mark that one is dead. */
    isConstant: (region: string, index: number) =>
      region === "table" && (index < header || (index - header) % stride !== 2)
  }
}

/** The bodies of threads that are alike but for their number. */
export const bodies = (count: number, body: (sim: Sim, thread: number) => unknown): ReadonlyArray<Body> =>
  Array.from({ length: count }, (_, thread) => (sim: Sim) => body(sim, thread))

/** Another operation in the place of those of a kind. */
export const change =
  (kind: Operation["kind"], f: (operation: Operation) => Operation | undefined): Mutation => (operation) =>
    operation.kind === kind ? f(operation) : operation

/** A class whose own methods, also the private ones, are others. */
export const altered = <C extends new(...args: ReadonlyArray<never>) => object>(
  base: C,
  members: Readonly<Record<string, unknown>>
): C => {
  const alteredClass = class extends (base as unknown as new(...args: ReadonlyArray<unknown>) => object) {}
  for (const name of Object.keys(members)) {
    if (!(name in base.prototype)) throw new Error(`${base.name} has no ${name} any more.`)
  }
  Object.assign(alteredClass.prototype, members)
  return alteredClass as unknown as C
}
