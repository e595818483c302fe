/**
 * The engine of `ThreadPoolExecutor`: a queue of jobs, and the workers that run them, which are threads.
 */
import * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Scope from "effect/Scope"
import { coarseNow } from "./coarseClock.ts"
import {
  BrokenExecutorError,
  ExecutorQueueFullError,
  ExecutorShutdownError,
  ShutdownFromWorkerError
} from "./executorErrors.ts"
import { CurrentTask } from "./futureState.ts"
import type { FutureState } from "./futureState.ts"
import { Holds } from "./hold.ts"
import { Job, Places } from "./job.ts"
import { JobQueue } from "./jobQueue.ts"
import type { Seat } from "./jobQueue.ts"
import { combine } from "./region.ts"
import type { Region, Service, ServiceSnapshot } from "./region.ts"
import { CurrentThread, ThreadRecord } from "./threadRecord.ts"
import type { Obstacle, Obstacles, Waitable } from "./waiting.ts"
import { lookAgain, park, Waiter, WaitQueue } from "./waitQueue.ts"

/** A thread of the pool, with a task or idle. */
class Worker {
  readonly thread: ThreadRecord
  readonly stop: WaitQueue<void>
  isReady = false
  isStopping = false
  job: Job | undefined
  /** When it got its task, or became idle. */
  since = coarseNow()
  /** The context that tasks of one submitter run in here, kept from one to the next. */
  known: { readonly from: Context.Context<never>; readonly context: Context.Context<never> } | undefined = undefined

  constructor(thread: ThreadRecord, job: Job | undefined, on: Waitable) {
    this.thread = thread
    this.job = job
    this.stop = new WaitQueue<void>(on, (queue) => {
      if (this.isStopping) queue.grant(queue.first!, undefined)
    })
  }
}

export interface Options {
  readonly maxWorkers: number
  readonly prefix: string
  readonly capacity: number
  readonly failsWhenFull: boolean
  readonly initializer: Effect.Effect<unknown, unknown> | undefined
}

export class Executor implements Service, Waitable {
  readonly kind = "ThreadPoolExecutor"
  /** By which it is known not to cross to other OS threads. */
  readonly "~effect-threading/ThreadPoolExecutor" = true
  readonly name: string
  private readonly region: Region
  private readonly options: Options
  private readonly context: Context.Context<never>
  private readonly daemon: boolean
  private readonly queue: JobQueue<Job>
  readonly places = new Places()
  /** Workers whose initializer runs and that will take what is queued then. */
  private spawning = 0
  private spawned = 0
  private readonly workers = new Set<Worker>()
  private readonly idle: Array<Worker> = []
  private isShutdown = false
  private isDispatching = false
  private broken: Exit.Exit<never, BrokenExecutorError> | undefined = undefined
  private readonly ended = new WaitQueue<void>(this, (queue) => {
    if (!this.isOver) return
    for (let waiter = queue.first; waiter !== undefined; waiter = queue.first) queue.grant(waiter, undefined)
  })

  constructor(region: Region, maker: ThreadRecord, context: Context.Context<never>, options: Options) {
    this.region = region
    this.options = options
    this.name = options.prefix
    this.context = context
    this.daemon = maker.daemon
    this.queue = new JobQueue<Job>(this, () => this.capacity)
    region.adopt(this)
  }

  /** How many may be queued: for each place that is free, one that is queued begins at once. */
  private get capacity(): number {
    if (this.isShutdown || this.broken !== undefined) return Infinity
    return this.options.capacity + Math.max(0, this.options.maxWorkers - this.places.taken)
  }

  private get isOver(): boolean {
    return this.isShutdown && this.workers.size === 0 && this.queue.size === 0
  }

  /** The fibers of the tasks that run; one that has none yet is about to begin. */
  private get running(): ReadonlyArray<Fiber.Fiber<unknown, unknown> | undefined> {
    return Array.from(this.workers).flatMap(({ job }) => job === undefined ? [] : [job.fiber])
  }

  /** Every place is taken: what is queued needs the end of any one task that runs. */
  get fullness(): Obstacles | undefined {
    if (this.spawning > 0 || this.places.taken < this.options.maxWorkers) return undefined
    const fibers: Array<Obstacle> = []
    for (const fiber of this.running) {
      if (fiber === undefined) return undefined
      fibers.push({ fiber })
    }
    return { stuckIf: "all", fibers }
  }

  obstacles(queue: object): Obstacles | undefined {
    if (this.queue.isRoom(queue)) return this.fullness
    if (queue !== this.ended) return undefined
    return { stuckIf: "any", fibers: this.running.flatMap((fiber) => fiber === undefined ? [] : [{ fiber }]) }
  }

  /** Queues the effect, waiting for room if the queue is full. */
  submit(
    effect: Effect.Effect<unknown, unknown>,
    seat?: Seat
  ): Effect.Effect<FutureState, BrokenExecutorError | ExecutorShutdownError | ExecutorQueueFullError> {
    return Effect.withFiber((fiber) => {
      if (this.broken !== undefined) return this.broken
      if (this.isShutdown) return Effect.fail(new ExecutorShutdownError({ executor: this.name }))
      // A task that waited for room in its own queue could wait for itself.
      const task = fiber.getRef(CurrentTask)
      const isOwn = task !== undefined && task.pool === this && !task.isOver
      if (isOwn || seat !== undefined || !this.queue.isFull) {
        const future = this.enqueue(effect, fiber)
        if (seat !== undefined) this.queue.leave(seat)
        return Effect.succeed(future)
      }
      if (this.options.failsWhenFull) {
        return Effect.fail(new ExecutorQueueFullError({ executor: this.name, capacity: this.options.capacity }))
      }
      return this.queue.waitForRoom(fiber, (seat) => this.submit(effect, seat))
    })
  }

  private enqueue(effect: Effect.Effect<unknown, unknown>, fiber: Fiber.Fiber<unknown, unknown>): FutureState {
    const job = new Job(this, effect, fiber.context)
    this.region.retain()
    this.queue.append(job)
    this.dispatchSoon()
    return job.future
  }

  /** A task left the queue out of turn: cancelled, or started for one that waits for it. */
  dequeued(): void {
    this.queue.left()
  }

  /** A queued task was cancelled. */
  withdrawn(): void {
    this.dequeued()
    this.region.release()
    this.retire()
  }

  private get hasPlace(): boolean {
    return this.queue.size > this.spawning && this.places.taken + this.spawning < this.options.maxWorkers
  }

  private dispatchSoon(): void {
    if (this.isDispatching || !this.hasPlace) return
    this.isDispatching = true
    this.region.schedule(() => {
      this.isDispatching = false
      this.dispatch()
    })
  }

  /**
   * Starts queued tasks while there is a place. They begin right here, one after the other: a task that ends at once gives its
   * place back to this loop, which never nests, and lets others have the event loop now and then.
   */
  private dispatch(): void {
    if (this.isDispatching) return
    this.isDispatching = true
    for (let budget = 256; this.hasPlace && budget > 0; budget--) {
      const worker = this.idle.pop() ?? this.spawn(undefined)
      if (!worker.isReady) {
        this.spawning++
        continue
      }
      const job = this.queue.next()
      this.begin(worker, job)
      this.dequeued()
      this.run(worker, job)
    }
    this.isDispatching = false
    this.dispatchSoon()
    this.retire()
  }

  private begin(worker: Worker, job: Job): void {
    job.future.begin()
    this.places.take()
    worker.job = job
    worker.since = coarseNow()
  }

  /** Starts a task from inside the fiber that waits for it: in a step of its own, so that nesting costs no stack. */
  beginNested(job: Job): void {
    const worker = this.idle.pop() ?? this.spawn(job)
    this.begin(worker, job)
    if (worker.isReady) this.region.schedule(() => this.run(worker, job))
  }

  private spawn(job: Job | undefined): Worker {
    const thread = new ThreadRecord(this.region, {
      name: `${this.options.prefix}_${this.spawned++}`,
      daemon: this.daemon,
      holds: false
    })
    const worker = new Worker(thread, job, this)
    this.workers.add(worker)
    const { initializer } = this.options
    worker.isReady = initializer === undefined
    const serve = Effect.suspend(() => {
      if (!worker.isReady) this.ready(worker)
      return park(worker.stop, new Waiter<void>(Fiber.getCurrent()!, undefined), undefined)
    })
    thread.context = this.context
    thread.body = Effect.onExitPrimitive(
      initializer === undefined ? serve : Effect.andThen(initializer, serve),
      (exit) => this.leave(worker, exit)
    )
    this.region.start(thread)
    // An interruption before its first step ends a thread without its body.
    thread.fiber!.addObserver((exit) => this.left(worker, exit))
    return worker
  }

  /** The initializer of the worker has succeeded. */
  private ready(worker: Worker): void {
    worker.isReady = true
    if (worker.job !== undefined) return this.run(worker, worker.job)
    this.spawning--
    this.rest(worker)
    this.dispatch()
  }

  private run(worker: Worker, job: Job): void {
    const scope = Scope.makeUnsafe()
    const context = Context.add(Context.add(this.contextFor(worker, job.context), CurrentTask, job), Scope.Scope, scope)
    const body = Effect.onExitPrimitive(job.isInterrupted ? Effect.interrupt : job.effect, (exit) => {
      const closing = Scope.closeUnsafe(scope, exit)
      return closing === undefined ? job.future.complete(exit, false) : Effect.flatMap(
        Effect.exit(closing),
        (closed) => job.future.complete(combine(exit, closed), false) ?? Effect.void
      )
    })
    const fiber = Effect.runForkWith(context)(body)
    const ended = fiber.pollUnsafe()
    if (ended !== undefined) return this.done(worker, job, ended)
    job.fiber = fiber
    worker.thread.lend(fiber)
    if (job.isInterrupted) fiber.interruptUnsafe()
    fiber.addObserver((exit) => {
      worker.thread.lend(undefined)
      this.done(worker, job, exit)
    })
    // What it waits for already was looked at before it was known to be this task.
    lookAgain(fiber)
  }

  private contextFor(worker: Worker, from: Context.Context<never>): Context.Context<never> {
    if (worker.known?.from === from) return worker.known.context
    let context = this.region.contextOf(worker.thread, from)
    if (Context.get(context, Holds) !== undefined) context = Context.add(context, Holds, undefined)
    worker.known = { from, context }
    return context
  }

  /** Runs callbacks that no fiber of the task is left to run. */
  private settleOutside(callbacks: Effect.Effect<void> | undefined): void {
    if (callbacks !== undefined) Effect.runForkWith(this.context)(callbacks)
  }

  private done(worker: Worker, job: Job, exit: Exit.Exit<unknown, unknown>): void {
    worker.job = undefined
    this.finish(job)
    // Interrupted before its first step, or come to what is no effect, a fiber ends without its finalizers.
    if (job.future.exit === undefined) this.settleOutside(job.future.complete(exit, false))
    if (worker.thread.exit !== undefined) this.left(worker, worker.thread.exit)
    else if (worker.isStopping || this.workers.size > this.options.maxWorkers) this.stop(worker)
    else this.rest(worker)
    job.future.announce(!this.hasPlace)
    this.dispatch()
  }

  private rest(worker: Worker): void {
    worker.since = coarseNow()
    this.idle.push(worker)
  }

  private finish(job: Job): void {
    this.places.giveBack(job)
    this.region.release()
  }

  private stop(worker: Worker): void {
    worker.isStopping = true
    worker.stop.settle()
  }

  /** After a shutdown, idle workers go once nothing is queued. */
  private retire(): void {
    if (!(this.isShutdown || this.broken !== undefined) || this.queue.size > 0) return
    for (const worker of this.idle.splice(0)) this.stop(worker)
    this.ended.settle()
  }

  /** The worker's own last step: its task, if it has one, ends before it does. */
  private leave(worker: Worker, exit: Exit.Exit<unknown, unknown>): Effect.Effect<void> | undefined {
    worker.isStopping = true
    this.forget(worker)
    const fiber = worker.job?.fiber
    if (fiber !== undefined) return Effect.asVoid(Fiber.interrupt(fiber))
    if (worker.isReady || Exit.isSuccess(exit)) return undefined
    return this.breakUp(exit.cause, worker)
  }

  /** Gives it no more tasks. */
  private forget(worker: Worker): void {
    const index = this.idle.indexOf(worker)
    if (index >= 0) this.idle.splice(index, 1)
  }

  private breakUp(cause: Cause.Cause<unknown>, worker: Worker): Effect.Effect<void> | undefined {
    const job = worker.job
    worker.job = undefined
    if (job === undefined && !worker.isReady) this.spawning--
    worker.isReady = true
    // Every future tells of it, and so does `submit`.
    worker.thread.isObserved = true
    const error = new BrokenExecutorError({ executor: this.name, cause: Cause.squash(cause) })
    const isInterrupt = Cause.hasInterruptsOnly(cause)
    // A failure that no type tells of stays a defect.
    const exit = isInterrupt ? Exit.interrupt() : Cause.hasFails(cause) ? Exit.fail(error) : Exit.die(error)
    const callbacks: Array<Effect.Effect<void>> = []
    const end = (future: FutureState) => {
      const effect = future.complete(exit)
      if (effect !== undefined) callbacks.push(effect)
    }
    if (!isInterrupt) this.broken = exit as Exit.Exit<never, BrokenExecutorError>
    if (job !== undefined) {
      end(job.future)
      this.finish(job)
    }
    if (!isInterrupt) { for (const each of this.drain()) end(each.future) }
    this.dispatch()
    this.queue.settle()
    return callbacks.length === 0 ? undefined : Effect.all(callbacks, { discard: true })
  }

  private left(worker: Worker, exit: Exit.Exit<unknown, unknown>): void {
    // Its thread ended without the worker's own last step: the task ends first all the same.
    if (worker.isReady && worker.job !== undefined) return worker.job.interrupt(undefined)
    this.workers.delete(worker)
    this.forget(worker)
    if (!worker.isReady && Exit.isFailure(exit)) {
      this.settleOutside(this.breakUp(exit.cause, worker))
    }
    this.dispatch()
    if (this.isOver) this.region.services.delete(this)
    this.ended.settle()
  }

  /** Takes out what is queued, and holds the region open for it no longer. */
  private drain(): ReadonlyArray<Job> {
    const jobs = this.queue.drain()
    for (const job of jobs) {
      this.region.release()
      // Told of the end of another one, a task that waits for several must not start this one any more.
      job.future.task = undefined
    }
    return jobs
  }

  /** Takes no more work; what is queued is still done unless it is cancelled. */
  shutdown(cancelFutures: boolean): Effect.Effect<void> {
    return Effect.suspend(() => {
      this.isShutdown = true
      const callbacks: Array<Effect.Effect<void>> = []
      if (cancelFutures) {
        for (const job of this.drain()) {
          const effect = job.future.cancel()
          if (effect !== undefined) callbacks.push(effect)
        }
      }
      this.queue.settle()
      this.retire()
      return callbacks.length === 0 ? Effect.void : Effect.uninterruptible(Effect.all(callbacks, { discard: true }))
    })
  }

  /** Waits until the last worker has ended. */
  get whenOver(): Effect.Effect<void> {
    return Effect.suspend(() => {
      const fiber = Fiber.getCurrent()!
      for (const worker of this.workers) {
        if (worker.thread === fiber.getRef(CurrentThread)) {
          return Effect.die(new ShutdownFromWorkerError({ executor: this.name }))
        }
      }
      return this.isOver ? Effect.void : park(this.ended, new Waiter<void>(fiber, undefined), undefined)
    })
  }

  /** Cancels what is queued, interrupts what runs, and waits for the finalizers. */
  get abandon(): Effect.Effect<void> {
    return Effect.flatMap(this.shutdown(true), () => {
      const by = Fiber.getCurrent()?.id
      for (const worker of this.workers) worker.job?.interrupt(by)
      return this.whenOver
    })
  }

  regionEnds(): void {
    this.isShutdown = true
    this.queue.settle()
    this.retire()
  }

  regionCloses(): void {
    this.settleOutside(this.shutdown(true))
  }

  snapshot(): ServiceSnapshot {
    return {
      kind: this.kind,
      name: this.name,
      maxWorkers: this.options.maxWorkers,
      running: this.places.running,
      queued: this.queue.size,
      isShutdown: this.isShutdown,
      isBroken: this.broken !== undefined,
      workers: Array.from(this.workers, ({ isReady, job, since, thread }) => ({
        thread,
        task: job?.future,
        state: job !== undefined ? "busy" : isReady ? "idle" : "starting",
        since
      }))
    }
  }

  toString(): string {
    const { isBroken, isShutdown, name, queued, running, workers } = this.snapshot()
    const state = isBroken ? "broken" : isShutdown ? "shut down" : "open"
    return `${name}(${state}, ${running} running, ${queued} queued, ${workers.length} workers)`
  }

  toJSON(): unknown {
    const { isShutdown, kind, name, queued, running, workers } = this.snapshot()
    return { _id: kind, name, running, queued, workers: workers.length, isShutdown }
  }

  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return this.toString()
  }
}
