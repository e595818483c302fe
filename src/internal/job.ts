/**
 * One submitted effect, and the places that such jobs run on. A place is a job's, not a worker's: a job that waits for a
 * queued future of its own executor lends its place to that future's job. `active - lenders` is what counts against
 * `maxWorkers`; a lent place comes back when the started job ends, or, if the wait is given up before, the started job counts
 * for itself, and nothing new begins until there is room again.
 */
import type * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type * as Fiber from "effect/Fiber"
import { FutureState } from "./futureState.ts"
import type { Task } from "./futureState.ts"
import { obstacleOf } from "./parked.ts"
import type { Obstacles } from "./waiting.ts"

/** What a job asks of its executor. */
interface Pool {
  readonly places: Places
  /** What must have come to an end before a queued job can begin. */
  readonly fullness: Obstacles | undefined
  /** A job left the queue out of turn. */
  dequeued(): void
  /** A queued job was cancelled. */
  withdrawn(): void
  /** Starts a job from inside the fiber that waits for it. */
  beginNested(job: Job): void
}

export class Job implements Task {
  readonly pool: Pool
  readonly future: FutureState
  readonly effect: Effect.Effect<unknown, unknown>
  readonly context: Context.Context<never>
  fiber: Fiber.Fiber<unknown, unknown> | undefined = undefined
  isInterrupted = false
  isOver = false
  /** How many jobs run on this one's place while it waits for them. */
  lendings = 0
  /** The job on whose place this one runs. */
  lender: Job | undefined = undefined

  constructor(pool: Pool, effect: Effect.Effect<unknown, unknown>, context: Context.Context<never>) {
    this.pool = pool
    this.effect = effect
    this.context = context
    this.future = new FutureState()
    this.future.task = this
  }

  get isPending(): boolean {
    return this.future.phase === "pending"
  }

  get obstacles(): Obstacles | undefined {
    if (this.isPending) return this.pool.fullness
    return this.fiber === undefined ? undefined : obstacleOf(this.fiber)
  }

  withdraw(): void {
    this.pool.withdrawn()
  }

  interrupt(by: number | undefined): void {
    this.isInterrupted = true
    this.fiber?.interruptUnsafe(by)
  }

  startFor(waiting: Job): void {
    this.pool.places.lend(waiting, this)
    this.pool.beginNested(this)
    this.pool.dequeued()
  }

  lendAgain(started: Job): void {
    if (!started.isOver && started.lender === undefined) this.pool.places.lend(this, started)
  }

  reclaim(started: Job): void {
    this.pool.places.reclaim(this, started)
  }
}

export class Places {
  private active = 0
  private lenders = 0

  /** How many places count as taken. */
  get taken(): number {
    return this.active - this.lenders
  }

  /** How many jobs have begun and not ended, those on lent places included. */
  get running(): number {
    return this.active
  }

  take(): void {
    this.active++
  }

  lend(waiting: Job, started: Job): void {
    started.lender = waiting
    if (waiting.lendings++ === 0) this.lenders++
  }

  reclaim(waiting: Job, started: Job): void {
    if (started.lender !== waiting) return
    started.lender = undefined
    if (--waiting.lendings === 0 && !waiting.isOver) this.lenders--
  }

  /** Gives the place of a job that is over back, and the one that it ran on. */
  giveBack(job: Job): void {
    this.active--
    job.isOver = true
    if (job.lendings > 0) this.lenders--
    if (job.lender !== undefined) this.reclaim(job.lender, job)
  }
}
