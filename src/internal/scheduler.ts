/**
 * A region's scheduler. It wraps the ambient one (so `TestClock`, `runSync` and exploration keep working), puts all its
 * fibers on one run queue, counts the steps that each fiber has scheduled (which tells Runnable from Blocked), and tells a
 * watched thread when it begins to run.
 */
import type * as Fiber from "effect/Fiber"
import type * as Scheduler from "effect/Scheduler"
import { sinceStart, start } from "./coarseClock.ts"

const watched = new Map<Fiber.Fiber<unknown, unknown>, { touch(): void }>()

/** Calls `touch` whenever this fiber begins to run. */
export const track = (fiber: Fiber.Fiber<unknown, unknown>, watcher: { touch(): void }): void => {
  watched.set(fiber, watcher)
}

export const untrack = (fiber: Fiber.Fiber<unknown, unknown>): void => {
  watched.delete(fiber)
}

export class RegionScheduler implements Scheduler.Scheduler {
  readonly executionMode: "sync" | "async"
  readonly ambient: Scheduler.Scheduler
  /** Steps that are scheduled in this region and have not begun. */
  pending = 0
  readonly tellsFibersApart: boolean
  private readonly shared: Scheduler.SchedulerDispatcher

  constructor(fiber: Fiber.Fiber<unknown, unknown>) {
    this.ambient = fiber.cache.scheduler
    this.executionMode = this.ambient.executionMode
    this.tellsFibersApart = tellsFibersApart(this.ambient)
    this.shared = fiber.currentDispatcher
  }

  shouldYield(fiber: Fiber.Fiber<unknown, unknown>): boolean {
    // The first operation after a resumption is the only sign a fiber gives that it runs again.
    if (fiber.currentOpCount === 1) resumed(fiber)
    return this.ambient.shouldYield(fiber)
  }

  schedule(task: () => void, priority = 0, dispatcher = this.shared): void {
    this.pending++
    dispatcher.scheduleTask(() => {
      this.pending--
      task()
    }, priority)
  }

  flush(): void {
    this.shared.flush()
  }

  makeDispatcher(): Scheduler.SchedulerDispatcher {
    return new CountingDispatcher(this, this.tellsFibersApart ? this.ambient.makeDispatcher() : undefined)
  }
}

// Apart from where every operation is looked at, which has to stay small.
const resumed = (fiber: Fiber.Fiber<unknown, unknown>): void => {
  if (watched.size > 0) watched.get(fiber)?.touch()
  ;(fiber.currentDispatcher as CountingDispatcher).ranAt = sinceStart()
}

class CountingDispatcher implements Scheduler.SchedulerDispatcher {
  pending = 0
  ranAt: number | undefined = undefined
  readonly region: RegionScheduler
  /** Its fiber's dispatcher of the ambient scheduler, where that tells fibers apart. */
  readonly ambient: Scheduler.SchedulerDispatcher | undefined

  constructor(region: RegionScheduler, ambient: Scheduler.SchedulerDispatcher | undefined) {
    this.region = region
    this.ambient = ambient
  }

  /** When its fiber was last resumed, in milliseconds since 1970. */
  get lastRan(): number | undefined {
    return this.ranAt === undefined ? undefined : start + this.ranAt
  }

  scheduleTask(task: () => void, priority: number): void {
    this.pending++
    this.region.schedule(
      () => {
        this.pending--
        task()
      },
      priority,
      this.ambient
    )
  }

  flush(): void {
    this.region.flush()
  }
}

/** A scheduler that has to know which fiber a step is of (the explorer) gives each fiber a dispatcher, and says so. */
export const tellsFibersApart = (scheduler: Scheduler.Scheduler): boolean =>
  "tellsFibersApart" in scheduler && scheduler.tellsFibersApart === true

export const isCounting = (dispatcher: Scheduler.SchedulerDispatcher): dispatcher is CountingDispatcher =>
  dispatcher instanceof CountingDispatcher

/** Whether nobody else of this dispatcher's region is ready to run. */
export const isAlone = (dispatcher: Scheduler.SchedulerDispatcher): boolean =>
  !isCounting(dispatcher) || dispatcher.region.pending === 0
