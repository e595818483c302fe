/**
 * A region of threads and what ends it: it waits for its non-daemon threads and for its executors' tasks, then interrupts the
 * daemons and waits for their finalizers. Its main effect runs on a fiber of its own, so that an interruption of the region
 * reaches main and all other threads at once.
 */
import * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as References from "effect/References"
import * as Scheduler from "effect/Scheduler"
import * as Schema from "effect/Schema"
import * as Scope from "effect/Scope"
import { knowErrors } from "./knownErrors.ts"
import { RegionScheduler } from "./scheduler.ts"
import { CurrentThread, ThreadRecord } from "./threadRecord.ts"
import type { Home } from "./threadRecord.ts"
import type { Obstacles, Waitable } from "./waiting.ts"
import { park, parkFor, Waiter, WaitQueue } from "./waitQueue.ts"

/**
 * The region that new threads belong to. `ThreadGroup.supervise` and `ThreadGroup.nursery` provide it around an effect,
 * `ThreadGroup.layer` to a runtime.
 *
 * @since 0.1.0
 * @category services
 */
export class ThreadGroup
  extends Context.Service<ThreadGroup, { readonly id: number }>()("effect-threading/ThreadGroup")
{}

/**
 * The defect of starting a thread in a region that is closing: its main thread and its non-daemon threads have ended.
 *
 * @since 0.1.0
 * @category errors
 */
export class ThreadGroupClosedError extends Schema.TaggedError<ThreadGroupClosedError>(
  "effect-threading/ThreadGroupClosedError"
)("ThreadGroupClosedError", { thread: Schema.String }) {
  override get message(): string {
    return `Thread.start: the region of ${this.thread} is closing. Start threads while its main thread or a non-daemon `
      + "thread still runs."
  }
}

/**
 * The defect of starting a thread a second time.
 *
 * @since 0.1.0
 * @category errors
 */
export class ThreadAlreadyStartedError extends Schema.TaggedError<ThreadAlreadyStartedError>(
  "effect-threading/ThreadAlreadyStartedError"
)("ThreadAlreadyStartedError", { thread: Schema.String }) {
  override get message(): string {
    return `Thread.start: ${this.thread} was started before. A thread runs once; make another one.`
  }
}

knowErrors(ThreadGroupClosedError, ThreadAlreadyStartedError)

/** Told of a thread that ends in failure, in that thread, before its joiners go on. */
export type ExceptHook = (
  report: { readonly thread: ThreadRecord; readonly cause: Cause.Cause<unknown> }
) => Effect.Effect<void>

export const ExceptHook: Context.Reference<ExceptHook> = Context.Reference("effect-threading/ExceptHook", {
  defaultValue: (): ExceptHook => ({ cause, thread }) => Effect.logError(`Thread ${thread.name} failed`, cause)
})

/** What a region takes down with it. */
export interface Service {
  /** The main thread ended: take no more work. */
  regionEnds(): void
  /** Nothing new can start any more: give up what has not begun. */
  regionCloses(): void
  /** What a dump tells of it. */
  snapshot(): ServiceSnapshot
}

/** An executor and its workers, as they are now. */
export interface ServiceSnapshot {
  readonly kind: string
  readonly name: string
  readonly maxWorkers: number
  readonly running: number
  readonly queued: number
  readonly isShutdown: boolean
  readonly isBroken: boolean
  readonly workers: ReadonlyArray<{
    readonly thread: ThreadRecord
    /** The future that its task is to complete. */
    readonly task: Waitable | undefined
    readonly state: "busy" | "idle" | "starting"
    /** When it got its task, or became idle. */
    readonly since: number
  }>
}

let regions = 0

const open = new Set<Region>()

/** The threads that are alive on this OS thread, oldest first. */
export const enumerate = (): ReadonlyArray<ThreadRecord> =>
  Array.from(open, (region) => region.alive).flat().sort((a, b) => a.ident - b.ident)

export class Region implements Home, Waitable {
  readonly kind = "ThreadGroup"
  readonly isEnumerated = true
  readonly id = ++regions
  readonly name = `ThreadGroup-${this.id}`
  readonly services = new Set<Service>()
  readonly isStrict: boolean
  readonly main: ThreadRecord
  /** The first failure of a thread other than main, in a strict region. */
  failure: { readonly thread: ThreadRecord; readonly cause: Cause.Cause<unknown> } | undefined
  private readonly scheduler: RegionScheduler
  private readonly members = new Set<ThreadRecord>()
  /** Live non-daemon threads, main among them, and executors' queued and running tasks. */
  private holding = 0
  private isClosing = false
  private readonly quiet = new WaitQueue<void>(this, (queue) => {
    if (this.holding === 0) openAll(queue)
  })
  private readonly empty = new WaitQueue<void>(this, (queue) => {
    if (this.isEmpty) openAll(queue)
  })

  constructor(fiber: Fiber.Fiber<unknown, unknown>, isStrict: boolean, mainName = "MainThread") {
    this.isStrict = isStrict
    this.scheduler = new RegionScheduler(fiber)
    this.main = new ThreadRecord(this, { name: mainName, daemon: false })
  }

  /** The base context, told which thread it is: the thread's fibers, log lines and spans read it from there. */
  contextOf(thread: ThreadRecord, base: Context.Context<never>): Context.Context<never> {
    const context = Context.add(
      Context.add(
        Context.add(base, CurrentThread, thread),
        References.CurrentLogAnnotations,
        { ...Context.get(base, References.CurrentLogAnnotations), thread: thread.name }
      ),
      References.TracerSpanAnnotations,
      { ...Context.get(base, References.TracerSpanAnnotations), "thread.name": thread.name, "thread.id": thread.ident }
    )
    return Context.get(base, Scheduler.Scheduler) === this.scheduler
      ? context
      : Context.add(context, Scheduler.Scheduler, this.scheduler)
  }

  /** Starts main. It keeps the caller's Scope: what main acquires there is the caller's to release. */
  startMain(body: Effect.Effect<unknown, unknown>, base: Context.Context<never>): void {
    const context = Context.add(this.contextOf(this.main, base), ThreadGroup, this)
    this.launch(
      this.main,
      Effect.onExitPrimitive(body, (exit) => closeScope(this.main, exit)),
      // Flat, since every thread's context is this one with a few services added.
      Context.makeUnsafe(new Map(context.mapUnsafe))
    )
  }

  /** Starts a thread that was made but not started. */
  start(thread: ThreadRecord): void {
    if (thread.fiber !== undefined || thread.body === undefined) {
      throw new ThreadAlreadyStartedError({ thread: thread.name })
    }
    if (this.isClosing) throw new ThreadGroupClosedError({ thread: thread.name })
    const { body } = thread
    const context = Context.add(this.contextOf(thread, thread.context!), Scope.Scope, thread.scope)
    thread.body = undefined
    this.launch(
      thread,
      Effect.onExitPrimitive(body, (exit) => this.wind(thread, exit)),
      context
    )
  }

  private launch(
    thread: ThreadRecord,
    body: Effect.Effect<unknown, unknown>,
    context: Context.Context<never>
  ): void {
    this.enrol(thread)
    // Its first step is scheduled like any other, so a new thread is Runnable before it is Running.
    const fiber = Effect.runForkWith(context)(Effect.flatMap(Effect.yieldNow, () => body))
    thread.run(fiber)
    fiber.addObserver((exit) => thread.finish(exit))
  }

  private enrol(thread: ThreadRecord): void {
    if (this.members.size === 0) open.add(this)
    this.members.add(thread)
    if (thread.holds) this.holding++
  }

  /** Has a fiber as main that runs already. Its end is told by `main.finish`. */
  adoptMain(fiber: Fiber.Fiber<unknown, unknown>): void {
    this.enrol(this.main)
    this.main.isObserved = true
    this.main.run(fiber)
  }

  /** The last of a thread's own steps: releases what it acquired, then reports its failure, its scope's included. */
  private wind(thread: ThreadRecord, exit: Exit.Exit<unknown, unknown>): Effect.Effect<void> | undefined {
    const closing = closeScope(thread, exit)
    if (closing === undefined) return report(thread, exit)
    return Effect.flatMap(
      Effect.exit(closing),
      (closed) => Effect.andThen(report(thread, combine(exit, closed)) ?? Effect.void, closed)
    )
  }

  ended(thread: ThreadRecord, exit: Exit.Exit<unknown, unknown>): void {
    this.members.delete(thread)
    if (this.members.size === 0) open.delete(this)
    // A strict region passes the failure on.
    thread.isObserved ||= this.isStrict
    if (this.isStrict && Exit.isFailure(exit) && !Cause.hasInterruptsOnly(exit.cause) && !this.isClosing) {
      if (thread !== this.main) this.failure = { thread, cause: exit.cause }
      this.close()
    }
    if (thread.holds) this.release()
    this.empty.settle()
  }

  obstacles(queue: object): Obstacles {
    const members = this.alive.filter((thread) => queue === this.empty || thread.holds)
    return { stuckIf: "any", fibers: members.flatMap(({ fiber }) => fiber === undefined ? [] : [{ fiber }]) }
  }

  /** Where fibers wait for its end. */
  get queues(): ReadonlyArray<WaitQueue<void>> {
    return [this.quiet, this.empty]
  }

  get alive(): ReadonlyArray<ThreadRecord> {
    return Array.from(this.members)
  }

  /** Runs a step of the region's own on its run queue. */
  schedule(task: () => void): void {
    this.scheduler.schedule(task)
  }

  /** Takes the service down when the region ends; at once, if it is closing already. */
  adopt(service: Service): void {
    if (this.isClosing) service.regionCloses()
    else this.services.add(service)
  }

  /** Keeps the region open for a task that an executor has to do. */
  retain(): void {
    this.holding++
  }

  release(): void {
    if (--this.holding > 0) return
    this.quiet.settle()
    this.empty.settle()
  }

  // A task may outlast its worker's thread, if that was interrupted before its first step.
  private get isEmpty(): boolean {
    return this.members.size === 0 && this.holding === 0
  }

  private get whenQuiet(): Effect.Effect<void> {
    return Effect.suspend(() =>
      this.holding === 0 ? Effect.void : Effect.flatMap(waitIn(this.quiet), () => this.whenQuiet)
    )
  }

  private get whenEmpty(): Effect.Effect<void> {
    return Effect.suspend(() => this.isEmpty ? Effect.void : waitIn(this.empty))
  }

  /** Ends when main and all non-daemon threads have. */
  get untilDone(): Effect.Effect<void> {
    this.main.isObserved = true
    return awaitThread(this.main, () => {
      for (const service of this.services) service.regionEnds()
      return this.whenQuiet
    })
  }

  /** Lets no thread start any more and interrupts those that run. */
  private close(): void {
    this.isClosing = true
    for (const service of this.services) service.regionCloses()
    const by = Fiber.getCurrent()?.id
    for (const thread of this.members) thread.fiber?.interruptUnsafe(by)
  }

  /** Closes and waits for the last finalizer. */
  get shutdown(): Effect.Effect<void> {
    return Effect.suspend(() => {
      this.close()
      return this.whenEmpty
    })
  }

  /** Closes at once if there is nobody and nothing in it: false if there is. */
  closeUnused(): boolean {
    if (!this.isEmpty || this.services.size > 0) return false
    this.isClosing = true
    return true
  }

  /** The end of a region whose main fiber is not its own: as `untilDone`, but for that. */
  get drain(): Effect.Effect<void> {
    return Effect.suspend(() => {
      for (const service of this.services) service.regionEnds()
      return this.whenQuiet
    })
  }
}

const openAll = (queue: WaitQueue<void>): void => {
  for (let waiter = queue.first; waiter !== undefined; waiter = queue.first) queue.grant(waiter, undefined)
}

const waitIn = (queue: WaitQueue<void>): Effect.Effect<void> =>
  Effect.suspend(() => park(queue, new Waiter<void>(Fiber.getCurrent()!, undefined), undefined))

/** How something ended whose finalizers ended so. */
export const combine = (
  exit: Exit.Exit<unknown, unknown>,
  closed: Exit.Exit<unknown, unknown>
): Exit.Exit<unknown, unknown> =>
  Exit.isSuccess(closed)
    ? exit
    : Exit.failCause(Exit.isFailure(exit) ? Cause.combine(exit.cause, closed.cause) : closed.cause)

const report = (thread: ThreadRecord, exit: Exit.Exit<unknown, unknown>): Effect.Effect<void> | undefined =>
  Exit.isSuccess(exit) || Cause.hasInterruptsOnly(exit.cause)
    ? undefined
    : Effect.withFiber((fiber) => Effect.ignoreCause(fiber.getRef(ExceptHook)({ thread, cause: exit.cause })))

const closeScope = (thread: ThreadRecord, exit: Exit.Exit<unknown, unknown>): Effect.Effect<void> | undefined =>
  thread.openedScope === undefined ? undefined : Scope.closeUnsafe(thread.openedScope, exit)

/** Waits until the thread has ended, and goes on with its exit. */
export const awaitThread = <A, E>(
  thread: ThreadRecord,
  then: (exit: Exit.Exit<unknown, unknown>) => Effect.Effect<A, E>
): Effect.Effect<A, E> =>
  Effect.withFiber((fiber) =>
    thread.exit !== undefined
      ? then(thread.exit)
      : parkFor(thread.joiners, new Waiter<void>(fiber, undefined), undefined, () => then(thread.exit!))
  )

// Regions are the only values of this service; its public type just doesn't show them.
export const regionOf = (fiber: Fiber.Fiber<unknown, unknown>): Region =>
  Context.getUnsafe(fiber.context, ThreadGroup) as Region

/** The thread that the fiber belongs to; without one of its own, the main thread of its region. */
export const threadOf = (fiber: Fiber.Fiber<unknown, unknown>): ThreadRecord =>
  fiber.getRef(CurrentThread) ?? regionOf(fiber).main
