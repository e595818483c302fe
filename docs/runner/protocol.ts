/** What the page and the worker that runs the reader's program say to each other. */

/** The files of a program by their paths, and which of them is run. */
export interface Program {
  readonly main: string
  readonly files: Readonly<Record<string, string>>
}

export type Command =
  | { readonly tag: "run"; readonly program: Program }
  /** Interrupts the program, whose finalizers run. */
  | { readonly tag: "stop" }

/** A thread that has come to a state, at a time in milliseconds; or a worker of a pool, which was looked at. */
export interface Change {
  readonly lane: string
  readonly kind: "thread" | "worker"
  readonly name: string
  readonly daemon: boolean
  readonly state: "New" | "Runnable" | "Running" | "Blocked" | "Terminated"
  /** What a blocked one waits for, and the name of the thread that has it. */
  readonly on?: string | undefined
  /** Which kind of thing that is: Lock, Semaphore, Thread, Async … */
  readonly onKind?: string | undefined
  readonly holder?: string | undefined
  /** What a worker runs. */
  readonly task?: string | undefined
  /** Whether a thread that has ended did so in failure. */
  readonly failed?: boolean | undefined
  readonly at: number
}

/** Where in the program's files something went wrong, as far as it can be told; lines and columns count from 1. */
export interface Place {
  readonly file: string
  readonly line: number
  readonly column: number
}

export type Said =
  | { readonly tag: "ready" }
  | { readonly tag: "output"; readonly text: string; readonly isError: boolean }
  | { readonly tag: "changes"; readonly changes: ReadonlyArray<Change> }
  | { readonly tag: "problem"; readonly message: string; readonly place: Place | undefined }
  | { readonly tag: "ended"; readonly how: "succeeded" | "failed" | "interrupted" }
