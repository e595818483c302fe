/**
 * What a pool and a worker say to each other. One message carries all that was said in one turn: arrays of tuples that begin with
 * what they are. Values in them are encoded (`codec.ts`) and stay so where they are only passed on.
 */
import type { Carried } from "./carry.ts"
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
export const Command = { init: 0, module: 1, run: 2, interrupt: 3, pull: 4, end: 5, chunk: 6, close: 7 } as const

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
  readonly url: string
  readonly classes: ReadonlyArray<string>
  readonly references: ReadonlyArray<string>
}

export type Commands = ReadonlyArray<
  | readonly [typeof Command.init, Init]
  | readonly [typeof Command.module, module: number, ModuleInfo]
  | readonly [
    typeof Command.run,
    id: number,
    // Where its claim word is.
    slot: number,
    // To be started at once, beside a task that waits for calls of its own.
    isLent: boolean,
    module: number,
    name: string,
    mode: Mode,
    args: Carried,
    header: Header | undefined
  ]
  | readonly [typeof Command.interrupt, id: number]
  | readonly [typeof Command.pull, id: number, chunks: number]
  // How calls fare that this worker's tasks have made.
  | readonly [typeof Command.end, id: number, how: Ending, what: Carried]
  | readonly [typeof Command.chunk, id: number, values: Carried]
  // Releases its services and ends.
  | readonly [typeof Command.close]
>

/** What a worker tells the pool. */
export const Report = {
  ready: 0,
  failed: 1,
  end: 2,
  chunk: 3,
  note: 4,
  module: 5,
  call: 6,
  interrupt: 7,
  pull: 8
} as const

export type Reports = ReadonlyArray<
  // Its services are there; or they could not be built.
  | readonly [typeof Report.ready]
  | readonly [typeof Report.failed, cause: Carried]
  // How its tasks fare, and for how many milliseconds they ran.
  | readonly [typeof Report.end, id: number, how: Ending, what: Carried, ms: number]
  | readonly [typeof Report.chunk, id: number, values: Carried]
  | readonly [typeof Report.note, id: number, Telemetry]
  // Its tasks make calls.
  | readonly [typeof Report.module, module: number, ModuleInfo]
  | readonly [
    typeof Report.call,
    id: number,
    caller: number,
    module: number,
    name: string,
    mode: Mode,
    args: Carried,
    header: Header | undefined
  ]
  | readonly [typeof Report.interrupt, id: number]
  | readonly [typeof Report.pull, id: number, chunks: number]
>
