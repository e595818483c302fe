/** What a dump consists of: plain data, so that it can be kept, sent and compared. */

/**
 * A lock that a thread holds: since when (milliseconds since 1970), and, where that is known, the place that took it.
 *
 * @since 0.2.0
 * @category models
 */
export interface DumpedHold {
  readonly kind: string
  readonly name: string
  readonly since: number
  readonly at?: string | undefined
}

/**
 * What is waited for: a primitive, a thread or a future, or, of kind `"Async"`, something outside of the library, such as a sleep.
 *
 * @since 0.2.0
 * @category models
 */
export interface DumpedWait {
  readonly kind: string
  readonly name: string
  readonly since?: number | undefined
  readonly heldBy?: string | undefined
}

/**
 * A fiber that waits, in a thread's service or in no thread's.
 *
 * @since 0.2.0
 * @category models
 */
export interface DumpedFiber {
  readonly fiber: number
  readonly waitsFor: DumpedWait
  readonly span?: string | undefined
  readonly at?: string | undefined
}

/**
 * A thread. `group` is its region, `fiber` the fiber that works for it now, `since` when it came to its state, as far as that is
 * known, `at` where it is, by Effect's stack frames. `helperWaits` are its other fibers that wait: those of a time-out, a race.
 *
 * @since 0.2.0
 * @category models
 */
export interface DumpedThread {
  readonly name: string
  readonly ident: number
  readonly daemon: boolean
  readonly isMain: boolean
  readonly group: string
  readonly state: "Runnable" | "Running" | "Blocked" | "Idle"
  readonly since?: number | undefined
  readonly startedAt?: number | undefined
  readonly fiber?: number | undefined
  readonly span?: string | undefined
  readonly at?: string | undefined
  readonly holds: ReadonlyArray<DumpedHold>
  readonly waitsFor?: DumpedWait | undefined
  readonly helperWaits: ReadonlyArray<DumpedFiber>
}

/**
 * A lock that is held or waited for, or another primitive that is waited for, with the names of those who wait, first comes
 * first. `depth` tells how often a re-entrant lock's holder has taken it.
 *
 * @since 0.2.0
 * @category models
 */
export interface DumpedLock {
  readonly kind: string
  readonly name: string
  readonly holder?: string | undefined
  readonly since?: number | undefined
  readonly depth?: number | undefined
  readonly waiting: ReadonlyArray<string>
}

/**
 * An executor of a region that has live threads, and its workers: `since` tells when one got its task, or became idle.
 *
 * @since 0.2.0
 * @category models
 */
export interface DumpedExecutor {
  readonly kind: string
  readonly name: string
  readonly group: string
  readonly maxWorkers: number
  readonly running: number
  readonly queued: number
  readonly isShutdown: boolean
  readonly isBroken: boolean
  readonly workers: ReadonlyArray<{
    readonly name: string
    readonly ident: number
    readonly state: "busy" | "idle" | "starting"
    readonly since: number
  }>
}

/**
 * A task in a worker: its module's file and its export, such as `"tasks.ts#hash"`, since when it is there, and, where a thread
 * called it, that thread's name.
 *
 * @since 0.3.0
 * @category models
 */
export interface DumpedTask {
  readonly name: string
  readonly state: "running" | "cancelling"
  readonly since: number
  readonly caller?: string | undefined
}

/**
 * A worker of a pool. `id` is its OS thread's or its process's number, `since` when it came to its state, and `stack` where it
 * is, in dumps that were taken with the stacks of busy workers.
 *
 * @since 0.3.0
 * @category models
 */
export interface DumpedWorker {
  readonly name: string
  readonly id?: number | undefined
  readonly state: "starting" | "idle" | "busy" | "closing"
  readonly since: number
  readonly tasks: ReadonlyArray<DumpedTask>
  readonly tasksDone: number
  readonly stack?: string | undefined
}

/**
 * A worker pool that is open: `size` is how many workers it may have, `capacity` how many tasks its queue takes, if not any number.
 *
 * @since 0.3.0
 * @category models
 */
export interface DumpedPool {
  readonly name: string
  readonly engine: "threads" | "processes" | "inline"
  readonly size: number
  readonly queued: number
  readonly capacity?: number | undefined
  readonly workers: ReadonlyArray<DumpedWorker>
}

/**
 * All threads of this OS thread that are alive, region by region, what they hold and wait for, and the worker pools. It turns into
 * text for people, and into JSON for programs. All times are milliseconds since 1970; `at` is that of the dump.
 *
 * @since 0.2.0
 * @category models
 */
export interface Dump {
  readonly at: number
  readonly threads: ReadonlyArray<DumpedThread>
  /** Fibers outside of every thread that wait. */
  readonly fibers: ReadonlyArray<DumpedFiber>
  readonly locks: ReadonlyArray<DumpedLock>
  readonly executors: ReadonlyArray<DumpedExecutor>
  readonly pools: ReadonlyArray<DumpedPool>
  toString(): string
  toJSON(): unknown
}
