/**
 * The pool: jobs in a queue, workers that are started when there is need and closed when there is none, and who gets what. A
 * job goes to an idle worker; else a worker is started, up to `size`; else jobs are sent ahead to busy workers, as far as they
 * are short, and taken back when another worker has nothing to do. Whatever happens to a worker, each job is answered once.
 */
import * as Effect from "effect/Effect"
import { sinceStart } from "../coarseClock.ts"
import { JobQueue } from "../jobQueue.ts"
import { nextName } from "../names.ts"
import { later } from "../time.ts"
import type { Waitable } from "../waiting.ts"
import type { Backoff } from "./backoff.ts"
import { commonCodec } from "./codec.ts"
import type { Engine } from "./engine.ts"
import type { Job, JobPool } from "./job.ts"
import { PoolWorker } from "./poolWorker.ts"
import type { Owner } from "./poolWorker.ts"
import { Command, Ending } from "./protocol.ts"
import { Tally } from "./tally.ts"
import { messageOf, QueueFull, SpawnFailed, Terminated } from "./taskError.ts"
import type { Fault, Reason } from "./taskError.ts"

/** Times are in milliseconds. */
export interface PoolOptions {
  readonly name: string | undefined
  readonly size: number
  readonly services: string | undefined
  readonly capacity: number
  readonly onFull: "wait" | "fail"
  readonly maxTasksPerWorker: number
  readonly gracePeriod: number
  readonly idleTimeToLive: number
  readonly backoff: Backoff
}

const settled = Promise.resolve()

/** How long, in milliseconds, an answer may be kept by a worker that has gone on to the next task. */
const patience = 10

// Only a pool's own workers are sent its jobs; a job just doesn't know their whole type.
const workerOf = (job: Job): PoolWorker => job.worker as PoolWorker

export class Pool implements JobPool, Owner, Waitable {
  readonly kind = "WorkerPool"
  readonly name: string
  readonly engine: Engine
  readonly options: PoolOptions
  readonly queue: JobQueue<Job>
  /** Calls that tasks have made. They go first, and always find room: others wait for them. */
  readonly nested: JobQueue<Job>
  readonly workers = new Set<PoolWorker>()
  readonly counts = { completed: 0, crashes: 0, terminated: 0, recycled: 0 }
  /** How long those that have ended were queued, and ran. */
  readonly wait = new Tally()
  readonly run = new Tally()
  private readonly idle: Array<PoolWorker> = []
  private dirty: Array<PoolWorker> = []
  private workersMade = 0
  private jobsMade = 0
  private isPumping = false
  private isBackingOff = false
  private isClosing = false
  private whenEmpty: (() => void) | undefined
  private retirement: (() => void) | undefined
  private collection: (() => void) | undefined
  /** Logs as whoever made the pool does. */
  private readonly log: (effect: Effect.Effect<void>) => void

  constructor(engine: Engine, options: PoolOptions, log: (effect: Effect.Effect<void>) => void) {
    this.engine = engine
    this.options = options
    this.log = log
    this.name = options.name ?? nextName("WorkerPool")
    this.queue = new JobQueue<Job>(
      this,
      () => options.capacity === Infinity ? Infinity : options.capacity - this.behind
    )
    this.nested = new JobQueue<Job>(this, () => Infinity)
  }

  get sharesMemory(): boolean {
    return this.engine.sharesMemory
  }

  get refusal(): Reason | undefined {
    if (this.isClosing) return new Terminated()
    return this.queue.isFull && this.options.onFull === "fail"
      ? new QueueFull({ capacity: this.options.capacity })
      : undefined
  }

  submit(job: Job): void {
    if (this.isClosing) return job.end(Ending.refuse, new Terminated())
    job.queued(++this.jobsMade)
    this.queueOf(job).append(job)
    this.toBePumped()
  }

  cancel(job: Job): void {
    if (job.phase === "done" || job.isCancelled) return
    job.isCancelled = true
    if (job.phase === "queued") {
      job.end(Ending.interrupted, undefined)
      return this.queueOf(job).left()
    }
    const worker = workerOf(job)
    if (worker.take(job)) {
      job.end(Ending.interrupted, undefined)
      return this.heard(worker)
    }
    worker.claims?.cancel(job.slot, job.id)
    worker.handle.cancel(job.id)
    worker.tell([Command.interrupt, job.id])
    later(this.options.gracePeriod, () => {
      if (job.phase === "done" || worker.state === "gone") return
      worker.culprit ??= job
      worker.handle.terminate()
    })
  }

  pull(job: Job, chunks: number): void {
    if (job.phase === "sent") workerOf(job).tell([Command.pull, job.id, chunks])
  }

  private queueOf(job: Job): JobQueue<Job> {
    return job.caller === undefined ? this.queue : this.nested
  }

  /** How many jobs were sent ahead: they wait as those in the queue do. */
  private get behind(): number {
    let behind = 0
    for (const worker of this.workers) behind += worker.behind
    return behind
  }

  private get queued(): number {
    return this.nested.size + this.queue.size
  }

  private toBePumped(): void {
    if (this.isPumping) return
    this.isPumping = true
    void settled.then(() => this.pump())
  }

  toBeFlushed(worker: PoolWorker): void {
    this.dirty.push(worker)
    this.toBePumped()
  }

  /** Gives out what there is to do, and tells the workers all that has come up in this turn. */
  private pump(): void {
    while (this.queued > 0 && this.sendNext()) continue
    if (this.queue.size === 0) this.balance()
    this.grow()
    this.isPumping = false
    const { dirty } = this
    if (dirty.length > 0) this.dirty = []
    for (const worker of dirty) worker.flush()
    if (this.behind > 0) this.collection ??= later(patience, () => this.collect())
  }

  /** Answers what has been done before a task that takes longer than its worker had thought. */
  private collect(): void {
    this.collection = undefined
    for (const worker of this.workers) {
      if (worker.behind === 0) continue
      worker.collect()
      this.heard(worker)
    }
    if (this.behind > 0) this.collection = later(patience, () => this.collect())
  }

  /** Sends the next job to a worker: false if there is none for it now. */
  private sendNext(): boolean {
    const queue = this.nested.size > 0 ? this.nested : this.queue
    const job = queue.next()
    const worker = this.idle.pop() ?? this.workerFor(job)
    if (worker === undefined) {
      queue.putBack(job)
      return false
    }
    worker.send(job)
    queue.left()
    return true
  }

  private workerFor(job: Job): PoolWorker | undefined {
    let found: PoolWorker | undefined
    for (const worker of this.workers) {
      if (job.caller !== undefined && worker.isLent) return worker
      if (!worker.hasRoom || worker.sent >= this.options.maxTasksPerWorker) continue
      if (found === undefined || worker.jobs.size < found.jobs.size) found = worker
    }
    // What moves to a worker cannot be taken back.
    return job.transfer === undefined ? found : undefined
  }

  /** Starts workers for what waits, in the queue or behind what another worker runs. */
  private grow(): void {
    if (this.isBackingOff || this.isClosing) return
    let alive = 0
    let starting = 0
    let waiting = this.queued
    for (const { behind, state } of this.workers) {
      if (state !== "closing") alive++
      if (state === "starting") starting++
      waiting += behind
    }
    for (; alive < this.options.size && starting < waiting; alive++, starting++) this.start()
  }

  private start(): void {
    // Short, since Linux shows 15 characters of an OS thread's name.
    const name = `${this.name}/${++this.workersMade}`
    const worker = new PoolWorker(this, this.engine, name, this.options.services)
    this.workers.add(worker)
    worker.handle.keepAlive(true)
  }

  /** Gives idle workers half of what waits behind the longest line. */
  private balance(): void {
    while (this.idle.length > 0) {
      let busiest: PoolWorker | undefined
      for (const worker of this.workers) if (worker.behind > (busiest?.behind ?? 0)) busiest = worker
      const taken = busiest?.takeBack(busiest.jobs.size - Math.ceil(busiest.behind / 2)) ?? []
      if (taken.length === 0) return
      const worker = this.idle.pop()!
      for (const job of taken) worker.send(job)
    }
  }

  lends(worker: PoolWorker): void {
    this.putBack(worker.takeBack(0))
  }

  private putBack(jobs: ReadonlyArray<Job>): void {
    for (const job of jobs.toReversed()) {
      job.phase = "queued"
      this.queueOf(job).takeBack(job)
    }
    if (jobs.length > 0) this.toBePumped()
  }

  ready(worker: PoolWorker): void {
    this.rest(worker)
  }

  ended(job: Job, ms: number): void {
    this.counts.completed++
    this.run.add(ms)
    this.wait.add(Math.max(0, sinceStart() - job.queuedAt - ms))
    this.options.backoff.reset()
  }

  heard(worker: PoolWorker): void {
    if (worker.isIdle && !this.idle.includes(worker)) this.rest(worker)
    this.queue.settle()
    if (this.queued > 0) this.toBePumped()
  }

  /** A worker has nothing to do. */
  private rest(worker: PoolWorker): void {
    if (this.isClosing) return this.dismiss(worker)
    if (worker.sent >= this.options.maxTasksPerWorker) {
      this.counts.recycled++
      this.dismiss(worker)
    } else {
      if (worker.sent === 0) worker.handle.keepAlive(false)
      this.idle.push(worker)
      this.retirement ??= later(this.options.idleTimeToLive, () => this.retire())
    }
    this.toBePumped()
  }

  private dismiss(worker: PoolWorker): void {
    if (worker.state === "starting") return worker.handle.terminate()
    worker.close()
    later(this.options.gracePeriod, () => {
      if (worker.state !== "gone") worker.handle.terminate()
    })
  }

  /** Closes the workers that have been idle for long enough. */
  private retire(): void {
    this.retirement = undefined
    const now = sinceStart()
    let wait = Infinity
    for (const worker of this.idle.splice(0)) {
      const left = worker.since + this.options.idleTimeToLive - now
      if (left <= 0) this.dismiss(worker)
      else {
        wait = Math.min(wait, left)
        this.idle.push(worker)
      }
    }
    if (this.idle.length > 0) this.retirement = later(wait, () => this.retire())
  }

  failed(worker: PoolWorker, cause: unknown): void {
    worker.failure = commonCodec.decode(cause)
    worker.handle.terminate()
  }

  gone(worker: PoolWorker, was: PoolWorker["state"], reason: Fault): void {
    this.workers.delete(worker)
    const at = this.idle.indexOf(worker)
    if (at >= 0) this.idle.splice(at, 1)
    if (worker.culprit !== undefined) this.counts.terminated++
    const isOurs = this.isClosing || worker.culprit !== undefined || was === "closing"
    worker.collect()
    if (!this.isClosing) this.putBack(worker.takeBack(0))
    for (const job of worker.jobs.values()) {
      if (job.isCancelled) job.end(Ending.interrupted, undefined)
      else job.end(Ending.refuse, isOurs ? new Terminated() : reason)
    }
    const cause = worker.failure ?? (reason._tag === "SpawnFailed" ? reason.cause : reason)
    if (was === "starting" && !this.isClosing) this.notStarted(cause, reason)
    else if (!isOurs) this.crashed(worker, reason)
    this.queue.settle()
    if (this.workers.size === 0) this.whenEmpty?.()
    this.toBePumped()
  }

  private crashed(worker: PoolWorker, reason: Fault): void {
    this.counts.crashes++
    this.log(Effect.logWarning(`${worker.name} is gone: ${reason.message}`))
    this.pause(this.options.backoff.next(reason) ?? 0)
  }

  private notStarted(cause: unknown, reason: Fault): void {
    // Those that were started together count once.
    const delay = this.isBackingOff ? 0 : this.options.backoff.next(reason)
    this.log(Effect.logWarning(`${this.name}: a worker could not be started: ${messageOf(cause)}`))
    if (delay !== undefined) return this.pause(delay)
    this.options.backoff.reset()
    // Others may still do it.
    for (const worker of this.workers) if (worker.state === "ready") return
    for (const job of [...this.nested.drain(), ...this.queue.drain()]) {
      job.end(Ending.refuse, new SpawnFailed({ cause }))
    }
    this.queue.settle()
  }

  /** Starts no worker for so long. */
  private pause(ms: number): void {
    if (ms === 0) return
    this.isBackingOff = true
    later(ms, () => {
      this.isBackingOff = false
      this.toBePumped()
    }, { keepAlive: this.queued > 0 })
  }

  /**
   * Takes no more jobs, cancels those that it has, and ends when all workers have: by themselves, or after the grace period by
   * force.
   */
  get close(): Effect.Effect<void> {
    return Effect.callback<void>((resume) => {
      this.isClosing = true
      for (const job of [...this.nested.drain(), ...this.queue.drain()]) job.end(Ending.refuse, new Terminated())
      this.queue.settle()
      for (const worker of Array.from(this.workers)) {
        for (const job of Array.from(worker.jobs.values())) {
          job.isForsaken = !job.isCancelled
          this.cancel(job)
        }
        if (worker.jobs.size === 0 && worker.state !== "closing") this.dismiss(worker)
      }
      if (this.workers.size === 0) resume(Effect.void)
      else this.whenEmpty = () => resume(Effect.void)
    })
  }
}
