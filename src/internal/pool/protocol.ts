/**
 * What a pool and a worker say to each other. One message carries all that was said in one turn: arrays of tuples that begin with
 * what they are. Of what is said most, calls and their values, as many as come in a row share a tuple: an object more a call would
 * be felt. Values are encoded (`codec.ts`) and stay so where they are only passed on.
 */
import type { Carried } from "./codec.ts"
import type { Header } from "./context.ts"
import type { Telemetry } from "./telemetry.ts"

/** How many chunks of a stream may be on their way at once. */
export const window = 4

/** How the caller uses what the task returns: it runs an effect, or pulls a stream. */
export type Mode = "effect" | "stream"

/**
 * How a call ends: with its task's value (of a stream, just its end), with the cause of its task's failure, with the reason why
 * there is neither, or, having been cancelled, before it began or by force.
 */
export const Ending = { succeed: 0, fail: 1, refuse: 2, interrupted: 3 } as const

export type Ending = typeof Ending[keyof typeof Ending]

/** What the pool tells a worker. */
export const Command = {
  init: 0,
  task: 1,
  run: 2,
  runBeside: 3,
  interrupt: 4,
  pull: 5,
  end: 6,
  chunk: 7,
  close: 8
} as const

/** How many places a call takes in a tuple: its number, where its claim word is, which task, its arguments, its header. */
export const runStride = 5

/** What a worker has to know from the start. */
export interface Init {
  /** What it is called in logs and errors. */
  readonly worker: string
  /** The module whose default export is the Layer of services for tasks. */
  readonly services: string | undefined
  readonly claims: SharedArrayBuffer | undefined
}

/** A module of tasks, as it is told to the other side, which calls it `id`. */
export interface ModuleInfo {
  readonly id: number
  readonly url: string
  readonly classes: ReadonlyArray<string>
  readonly references: ReadonlyArray<string>
}

/** A task, as it is told to the other side, which calls it `id`. */
export interface TaskInfo {
  readonly id: number
  readonly module: ModuleInfo
  readonly name: string
  readonly mode: Mode
}

export type Commands = ReadonlyArray<
  | readonly [typeof Command.init, Init]
  | readonly [typeof Command.task, TaskInfo]
  // Each call `id, slot, task, args, header`: to be run when it is its turn; or at once, beside a task that waits for calls of its own.
  | Calls
  | readonly [typeof Command.interrupt, id: number]
  | readonly [typeof Command.pull, id: number, chunks: number]
  // How calls fare that this worker's tasks have made.
  | readonly [typeof Command.end, id: number, how: Ending, what: Carried]
  | readonly [typeof Command.chunk, id: number, values: Carried]
  // Releases its services and ends.
  | readonly [typeof Command.close]
>

export type Calls = [typeof Command.run | typeof Command.runBeside, ...Array<unknown>]

/** What a worker tells the pool. */
export const Report = {
  ready: 0,
  failed: 1,
  values: 2,
  end: 3,
  chunk: 4,
  note: 5,
  task: 6,
  call: 7,
  interrupt: 8,
  pull: 9,
  waits: 10
} as const

/** How many places a value takes in a tuple: the call's number, the value, for how many milliseconds the task ran. */
export const valueStride = 3

export type Reports = ReadonlyArray<
  // Its services are there; or they could not be built.
  | readonly [typeof Report.ready]
  | readonly [typeof Report.failed, cause: Carried]
  // How its tasks fare: each that succeeded `id, value, ms`; any other.
  | Values
  | readonly [typeof Report.end, id: number, how: Ending, what: Carried, ms: number]
  | readonly [typeof Report.chunk, id: number, values: Carried]
  | readonly [typeof Report.note, id: number, Telemetry]
  // It has been waiting for a lock in shared memory, and still did at this time.
  | readonly [typeof Report.waits, id: number, lock: object, time: number]
  // Its tasks make calls.
  | readonly [typeof Report.task, TaskInfo]
  | readonly [typeof Report.call, id: number, caller: number, task: number, args: Carried, header: Header | undefined]
  | readonly [typeof Report.interrupt, id: number]
  | readonly [typeof Report.pull, id: number, chunks: number]
>

export type Values = [typeof Report.values, ...Array<unknown>]
