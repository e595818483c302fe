/** What a pool needs of a kind of worker: OS threads, processes, Web Workers, or this very OS thread. */
import type * as Effect from "effect/Effect"
import type { Commands, Init, Reports } from "./protocol.ts"
import type { Fault } from "./taskError.ts"

/** One worker. All of this is told in order, and nothing after `gone`. */
export interface WorkerEvents {
  reports(reports: Reports): void
  /** It ended, by itself or not. Undefined for one that was closed. */
  gone(reason: Fault): void
}

export interface WorkerHandle {
  /** The OS thread's or the process's number, once it is known. */
  readonly id: number | undefined
  /** Throws what the platform throws for a value that cannot cross. */
  post(commands: Commands, transfer: ReadonlyArray<object>): void
  /** Whether it keeps the process alive. */
  keepAlive(alive: boolean): void
  /** Asks a task to end that may be too busy to hear a message, where there is no memory to tell it. */
  cancel(id: number): void
  /** Ends it. */
  terminate(): void
  /** Where it is now, if it runs JavaScript and that can be told. */
  readonly stack?: Effect.Effect<string | undefined> | undefined
}

export interface Engine {
  readonly kind: "threads" | "processes" | "inline"
  /** Whether workers see this OS thread's memory. */
  readonly sharesMemory: boolean
  /** How many workers there are at most, if nobody says. */
  readonly parallelism: number
  spawn(name: string, init: Init, events: WorkerEvents): WorkerHandle
}
