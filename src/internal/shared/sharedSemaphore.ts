/** What one OS thread makes of a semaphore in shared memory: a line of fibers before it, and the forms that block the OS thread. */
import { InvalidPermitsError, SemaphoreState } from "../semaphore.ts"
import type { Request } from "../semaphore.ts"
import { now } from "../time.ts"
import type { WaitQueue } from "../waitQueue.ts"
import { mayWait, sleepsLong, synchronous } from "./blocking.ts"
import { lookAfter } from "./lockWord.ts"
import type { OsThreads } from "./osThreads.ts"
import { Cell, most, SemaphoreCells, semaphoreSize } from "./semaphoreCells.ts"
import { share, viewsOf } from "./sharedData.ts"
import type { SharedData } from "./sharedData.ts"
import { SharedQueue } from "./sharedQueue.ts"
import type { Desk } from "./sharedQueue.ts"

class SharedSemaphoreState extends SemaphoreState implements Desk<Request> {
  private readonly shared: SemaphoreCells
  private isOverdue = false
  private lookedAt = -Infinity

  constructor(data: SharedData, threads: OsThreads) {
    const shared = new SemaphoreCells(data.memory, threads)
    super(
      0,
      shared.bound === most ? Infinity : shared.bound,
      data.name,
      (semaphore: SharedSemaphoreState) => new SharedQueue<Request>(semaphore, semaphore)
    )
    this.shared = shared
    // Whoever begins to use it clears away those who have died, so that there is always room.
    shared.look()
  }

  override get value(): number {
    return this.shared.free
  }

  override take({ isScoped, permits }: Request): boolean {
    return this.shared.take(permits, isScoped, false) || this.looks() && this.shared.take(permits, isScoped, false)
  }

  /** The dead may have had what was not to be had at once. That need not be asked each time. */
  private looks(): boolean {
    const isDue = now() - this.lookedAt > lookAfter
    if (isDue) {
      this.lookedAt = now()
      this.shared.look()
    }
    return isDue
  }

  serve(queue: WaitQueue<Request>): void {
    for (let waiter = queue.first; waiter !== undefined; waiter = queue.first) {
      const request = waiter.request as Request
      if (!this.shared.take(request.permits, request.isScoped, true, this.isOverdue)) {
        const { cells, expected, mailbox } = this.shared
        return (queue as SharedQueue<Request>).sleep(cells, mailbox, expected)
      }
      queue.grant(waiter, request)
    }
  }

  woken(isOverdue: boolean): void {
    if (isOverdue) this.shared.look()
    this.isOverdue = isOverdue
    this.queue.settle()
    this.isOverdue = false
  }

  deserted(): void {
    this.shared.leave()
    ;(this.queue as SharedQueue<Request>).rouse()
  }

  override giveBack(permits: number, isScoped: boolean): void {
    if (!this.shared.giveBack(permits, isScoped)) throw this.tooOften(permits, this.shared.bound)
    this.queue.settle()
  }

  takeBlocking(request: Request, operation: string): void {
    if (!this.take(request)) this.waitBlocking(request, mayWait(operation, this.name))
  }

  private waitBlocking({ isScoped, permits }: Request, ask: () => void): void {
    const { shared } = this
    // The line of fibers here, if there is one, is represented by whoever waits now.
    try {
      for (let isOverdue = false; !shared.take(permits, isScoped, true, isOverdue);) {
        ask()
        isOverdue = sleepsLong(shared)
        if (isOverdue) shared.look()
      }
    } catch (error) {
      shared.leave()
      throw error
    } finally {
      this.queue.settle()
    }
  }

  withSync<A>(request: Request, f: () => A): A {
    const operation = "Semaphore.withPermitsSync"
    this.takeBlocking(request, operation)
    try {
      return synchronous(f(), this.kind)
    } finally {
      this.giveBack(request.permits, true)
    }
  }
}

export const semaphoreViews = viewsOf(
  "Semaphore",
  (data: SharedData, threads) => new SharedSemaphoreState(data, threads)
)

/** A new semaphore in shared memory, as plain data. */
export const shareSemaphore = (permits: number, bound: number, name: string | undefined): SharedData => {
  if (permits > most) {
    throw new InvalidPermitsError({
      operation: "Semaphore.makeShared",
      permits,
      advice: `In shared memory there can be ${most} at most.`
    })
  }
  const data = share("Semaphore", semaphoreSize, name)
  data.memory[Cell.free] = permits
  data.memory[Cell.bound] = Math.min(bound, most)
  return data
}

/** What is behind a shared semaphore here. */
export const sharedSemaphore = (semaphore: unknown): SharedSemaphoreState => semaphoreViews.of(semaphore as SharedData)
