/**
 * A region's scheduler. It wraps the ambient one (so `TestClock`, `runSync` and exploration keep working), puts all its
 * fibers on one run queue, counts the steps that each fiber has scheduled (which tells Runnable from Blocked), and tells a
 * watched thread when it begins to run.
 */
import type * as Fiber from "effect/Fiber"
import type * as Scheduler from "effect/Scheduler"

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
  private readonly shared: Scheduler.SchedulerDispatcher

  constructor(fiber: Fiber.Fiber<unknown, unknown>) {
    this.ambient = fiber.cache.scheduler
    this.executionMode = this.ambient.executionMode
    this.shared = fiber.currentDispatcher
  }

  shouldYield(fiber: Fiber.Fiber<unknown, unknown>): boolean {
    // The first operation after a resumption is the only sign a fiber gives that it runs again.
    if (fiber.currentOpCount === 1 && watched.size > 0) watched.get(fiber)?.touch()
    return this.ambient.shouldYield(fiber)
  }

  schedule(task: () => void, priority = 0): void {
    this.pending++
    this.shared.scheduleTask(() => {
      this.pending--
      task()
    }, priority)
  }

  flush(): void {
    this.shared.flush()
  }

  makeDispatcher(): Scheduler.SchedulerDispatcher {
    return new CountingDispatcher(this)
  }
}

class CountingDispatcher implements Scheduler.SchedulerDispatcher {
  pending = 0
  readonly region: RegionScheduler

  constructor(region: RegionScheduler) {
    this.region = region
  }

  scheduleTask(task: () => void, priority: number): void {
    this.pending++
    this.region.schedule(() => {
      this.pending--
      task()
    }, priority)
  }

  flush(): void {
    this.region.flush()
  }
}

export const isCounting = (dispatcher: Scheduler.SchedulerDispatcher): dispatcher is CountingDispatcher =>
  dispatcher instanceof CountingDispatcher

/** Whether nobody else of this dispatcher's region is ready to run. */
export const isAlone = (dispatcher: Scheduler.SchedulerDispatcher): boolean =>
  !isCounting(dispatcher) || dispatcher.region.pending === 0
