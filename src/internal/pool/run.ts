/**
 * One task that runs in this OS thread: a function of a module, called with what was sent, and whatever it answers with: a value,
 * a promise, an effect, a stream.
 */
import * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as Fiber from "effect/Fiber"
import * as Latch from "effect/Latch"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { CurrentRun, enter, interruptedIn } from "../checkpoint.ts"
import type { Cancellable } from "../checkpoint.ts"
import { combine, Region, ThreadGroup } from "../region.ts"
import { CurrentThread } from "../threadRecord.ts"
import { now } from "../time.ts"
import type { Header } from "./context.ts"
import type { JobPool } from "./job.ts"
import type { LoadedTask } from "./loadedModule.ts"
import { window } from "./protocol.ts"
import { WorkerPool } from "./workerPool.ts"

/** What a run asks of the runner. */
export interface Host {
  isCancelling(run: Run): boolean
  /** What its fibers see around them. */
  contextOf(run: Run): Context.Context<never>
  poolOf(run: Run): JobPool
  chunk(run: Run, values: ReadonlyArray<unknown>): void
  waits(run: Run, lock: object): void
  succeed(run: Run, value: unknown): void
  fail(run: Run, cause: Cause.Cause<unknown>): void
}

export class Run implements Cancellable {
  readonly host: Host
  readonly id: number
  readonly slot: number
  readonly task: LoadedTask
  readonly header: Header | undefined
  readonly startedAt = now()
  private isInterrupted = false
  private fiber: Fiber.Fiber<unknown, unknown> | undefined
  /** How many chunks the consumer of a stream is ready for. */
  private demand = window
  private wanted: Latch.Latch | undefined

  constructor(
    host: Host,
    id: number,
    slot: number,
    task: LoadedTask,
    header: Header | undefined
  ) {
    this.host = host
    this.id = id
    this.slot = slot
    this.task = task
    this.header = header
  }

  /** Whether it was a plain function, and so has nothing to tell but its value. */
  get isPlain(): boolean {
    return this.fiber === undefined
  }

  get isCancelling(): boolean {
    return this.isInterrupted || this.host.isCancelling(this)
  }

  interrupt(): void {
    this.isInterrupted = true
    this.fiber?.interruptUnsafe()
  }

  /** What only one of several fibers waits for, the task may do without. */
  waits(fiber: Fiber.Fiber<unknown, unknown> | undefined, lock: object): void {
    if (this.fiber === undefined || this.fiber === fiber) this.host.waits(this, lock)
  }

  pull(chunks: number): void {
    this.demand += chunks
    this.wanted?.openUnsafe()
  }

  /** Calls the function. */
  start(args: ReadonlyArray<unknown>): void {
    if (this.isCancelling) return this.host.fail(this, Cause.interrupt())
    const { target } = this.task
    if (typeof target !== "function") {
      return this.dies(
        `is no function: ${this.task.module.info.url} has ${target === undefined ? "no such export" : typeof target}`
      )
    }
    const outer = enter(this)
    let result: unknown
    try {
      result = target(...args)
    } catch (defect) {
      return this.fail(Cause.die(defect))
    } finally {
      enter(outer)
    }
    if (typeof result === "object" && result !== null || typeof result === "function") this.follow(result)
    else if (this.task.mode === "stream") this.dies("returned no stream")
    else this.host.succeed(this, result)
  }

  private follow(result: object): void {
    if (this.task.mode === "stream") {
      if (Stream.isStream(result)) this.run(this.drain(result))
      else if (Symbol.asyncIterator in result) this.run(this.drain(fromAsyncIterable(result as AsyncIterable<unknown>)))
      else this.dies("returned no stream")
    } else if (Effect.isEffect(result)) this.run(result as Effect.Effect<unknown, unknown>)
    else if (Stream.isStream(result) || Symbol.asyncIterator in result) {
      this.dies("returned a stream, but was run as an effect")
    } else if (isThenable(result)) {
      enter(this)
      result.then((value) => this.host.succeed(this, value), (defect) => this.fail(Cause.die(defect)))
    } else this.host.succeed(this, result)
  }

  private dies(what: string): void {
    this.host.fail(this, Cause.die(new TypeError(`Task ${this.task.label} ${what}.`)))
  }

  private fail(cause: Cause.Cause<unknown>): void {
    this.host.fail(this, interruptedIn(cause))
  }

  /** Sends what the stream emits as it is asked for. */
  private drain(stream: Stream.Stream<unknown, unknown, unknown>): Effect.Effect<void, unknown> {
    this.wanted = Latch.makeUnsafe(true)
    const { wanted } = this
    return Stream.runForEachArray(stream, (values) =>
      Effect.map(wanted.await, () => {
        if (--this.demand === 0) wanted.closeUnsafe()
        this.host.chunk(this, values)
      })) as Effect.Effect<void, unknown>
  }

  /** Runs an effect as the main thread of a region of its own, with a Scope of its own. */
  private run(effect: Effect.Effect<unknown, unknown>): void {
    let context: Context.Context<never>
    try {
      context = this.host.contextOf(this)
    } catch (defect) {
      return this.fail(Cause.die(defect))
    }
    const fiber = Effect.runForkWith(context)(Effect.withFiber((fiber) => {
      const scope = Scope.makeUnsafe()
      const region = new Region(fiber, false, this.header?.thread)
      const services = new Map(context.mapUnsafe)
      services.set(Scope.Scope.key, scope)
      services.set(ThreadGroup.key, region)
      services.set(CurrentThread.key, region.main)
      services.set(CurrentRun.key, this)
      services.set(WorkerPool.key, this.host.poolOf(this))
      region.adoptMain(fiber)
      return Effect.onExitPrimitive(
        Effect.provideContext(effect, Context.makeUnsafe<never>(services)),
        (exit) => wind(scope, region, exit)
      )
    }))
    this.fiber = fiber
    fiber.addObserver((exit) => {
      if (Exit.isSuccess(exit)) this.host.succeed(this, exit.value)
      else this.fail(exit.cause)
    })
  }
}

/** The last steps of a task: releases what it acquired, then waits for its threads. */
const wind = (
  scope: Scope.Closeable,
  region: Region,
  exit: Exit.Exit<unknown, unknown>
): Effect.Effect<void> | undefined => {
  const closing = Scope.closeUnsafe(scope, exit)
  if (closing === undefined) {
    region.main.finish(exit)
    return region.closeUnused() ? undefined : leave(region)
  }
  return Effect.flatMap(Effect.exit(closing), (closed) => {
    region.main.finish(combine(exit, closed))
    return Effect.andThen(leave(region), closed)
  })
}

const leave = (region: Region): Effect.Effect<void> =>
  Effect.flatMap(Effect.exit(Effect.interruptible(region.drain)), () => region.shutdown)

const isThenable = (value: object): value is PromiseLike<unknown> => "then" in value && typeof value.then === "function"

// What the iterable throws is a defect, as with plain functions. It is waited for when it is left early, also while it makes its
// next value, which Effect's own way does not do: one that takes too long ends with its worker.
const fromAsyncIterable = (values: AsyncIterable<unknown>): Stream.Stream<unknown> =>
  Stream.unwrap(Effect.map(
    Effect.acquireRelease(
      Effect.sync(() => values[Symbol.asyncIterator]()),
      (iterator) => Effect.promise(async () => iterator.return?.())
    ),
    (iterator) =>
      Stream.fromPull(Effect.succeed(Effect.flatMap(
        Effect.promise(() => iterator.next()),
        ({ done, value }) => done === true ? Cause.done() : Effect.succeed([value] as const)
      )))
  ))
