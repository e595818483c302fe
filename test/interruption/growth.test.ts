/** What a wait costs does not depend on how many others wait: counted in steps, not timed. */
import { assert, describe, it, vi } from "@effect/vitest"
import { Deferred, Effect, Fiber, Scheduler } from "effect"
import { Condition, Event, Lock, RLock, Semaphore } from "effect-threading"
import { untilWaiting } from "../support/waiters.ts"

vi.setConfig({ testTimeout: 60_000 })

/** Counts the operations and the scheduled tasks of all fibers that run on it. */
class CountingScheduler implements Scheduler.Scheduler {
  readonly executionMode = "async"
  steps = 0
  private readonly ambient = new Scheduler.MixedScheduler()

  shouldYield(fiber: Fiber.Fiber<unknown, unknown>): boolean {
    this.steps++
    return this.ambient.shouldYield(fiber)
  }

  makeDispatcher(): Scheduler.SchedulerDispatcher {
    const ambient = this.ambient.makeDispatcher()
    return {
      scheduleTask: (task, priority) => {
        this.steps++
        ambient.scheduleTask(task, priority)
      },
      flush: () => ambient.flush()
    }
  }
}

interface Crowd {
  readonly primitive: object
  /** Runs the body while everybody has to wait. */
  readonly hold: (body: Effect.Effect<void>) => Effect.Effect<void>
  readonly wait: Effect.Effect<void>
}

/** Steps for each of `size` waiters, from the moment in which all of them wait until the last has ended. */
const stepsEach = (make: Effect.Effect<Crowd>, size: number, ending: "granted" | "interrupted") => {
  const scheduler = new CountingScheduler()
  const program = Effect.gen(function*() {
    const { hold, primitive, wait } = yield* make
    const [held, open] = [yield* Deferred.make<void>(), yield* Deferred.make<void>()]
    const holder = yield* Effect.forkChild(
      hold(Effect.andThen(Deferred.succeed(held, undefined), Deferred.await(open)))
    )
    yield* Deferred.await(held)
    const fibers: Array<Fiber.Fiber<void>> = []
    for (let index = 0; index < size; index++) fibers.push(yield* Effect.forkChild(wait))
    yield* untilWaiting(primitive, size)
    const before = scheduler.steps
    // The last first: no removal may walk the queue.
    if (ending === "interrupted") { for (const fiber of fibers.toReversed()) yield* Fiber.interrupt(fiber) }
    yield* Deferred.succeed(open, undefined)
    yield* Fiber.join(holder)
    yield* Fiber.awaitAll(fibers)
    return (scheduler.steps - before) / size
  })
  return Effect.runPromise(program, { scheduler })
}

const crowds: ReadonlyArray<readonly [string, Effect.Effect<Crowd>]> = [
  [
    "lock",
    Effect.sync(() => {
      const lock = Lock.makeUnsafe()
      return { primitive: lock, hold: Lock.withLock(lock), wait: Lock.withLock(lock, Effect.void) }
    })
  ],
  [
    "re-entrant lock",
    Effect.sync(() => {
      const lock = RLock.makeUnsafe()
      return { primitive: lock, hold: RLock.withLock(lock), wait: RLock.withLock(lock, Effect.void) }
    })
  ],
  [
    "semaphore",
    Effect.sync(() => {
      const semaphore = Semaphore.makeUnsafe(2)
      const wait = Semaphore.withPermit(semaphore, Effect.void)
      return { primitive: semaphore, hold: Semaphore.withPermits(semaphore, 2), wait }
    })
  ],
  [
    "event",
    Effect.sync(() => {
      const event = Event.makeUnsafe()
      return { primitive: event, hold: (body) => Effect.andThen(body, Event.set(event)), wait: Event.wait(event) }
    })
  ],
  [
    "condition",
    Effect.map(Condition.make(Lock.makeUnsafe()), (condition) => {
      const notify = Condition.withLock(condition, Condition.notifyAll(condition))
      return {
        primitive: condition,
        hold: (body: Effect.Effect<void>) => Effect.andThen(body, notify),
        wait: Condition.withLock(condition, Condition.wait(condition))
      }
    })
  ]
]

describe("10,000 waiters cost no more steps each than 100", () => {
  for (const [name, make] of crowds) {
    for (const ending of ["granted", "interrupted"] as const) {
      it(`${ending} at one ${name}`, async () => {
        const few = await stepsEach(make, 100, ending)
        const many = await stepsEach(make, 10_000, ending)
        assert.isAbove(few, 0)
        assert.isAtMost(many, few * 1.05)
      })
    }
  }
})
