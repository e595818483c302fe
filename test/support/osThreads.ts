/**
 * Several OS threads played in one: each has a number of its own in the table, and so its own views of what is shared, which know
 * of each other by the memory alone.
 */
import { Effect, Fiber, Option } from "effect"
import { Thread } from "effect-threading"
import { type Atomic, simulate } from "../../src/internal/atomics.ts"
import { OsThreads, osThreads } from "../../src/internal/shared/osThreads.ts"
import { barrierViews } from "../../src/internal/shared/sharedBarrier.ts"
import { conditionViews } from "../../src/internal/shared/sharedCondition.ts"
import { Shared, type SharedData, type Views } from "../../src/internal/shared/sharedData.ts"
import { eventViews } from "../../src/internal/shared/sharedEvent.ts"
import { mutexViews } from "../../src/internal/shared/sharedMutex.ts"
import { readWriteLockViews } from "../../src/internal/shared/sharedReadWriteLock.ts"
import { semaphoreViews } from "../../src/internal/shared/sharedSemaphore.ts"

const views: Readonly<Record<string, Views<SharedData, object>>> = {
  ...mutexViews,
  ReadWriteLock: readWriteLockViews,
  Semaphore: semaphoreViews,
  Event: eventViews,
  Barrier: barrierViews,
  Condition: conditionViews
}

let numbers = 2 ** 20

/** Two more OS threads, beside this one, that use the same table. They live for ever. */
const played: ReadonlyArray<OsThreads> = [
  osThreads(),
  ...Array.from({ length: 2 }, () => new OsThreads(osThreads().cells, ++numbers, 0, () => true))
]

/** The same shared primitive as each of the played OS threads has it. */
export const onEach = <A extends object>(primitive: A): ReadonlyArray<A> => {
  const data = primitive as unknown as SharedData
  const { as } = views[data[Shared]]!
  return played.map((threads) => as(data, threads) as unknown as A)
}

/** What is behind a shared primitive on this OS thread, for those who look at how many wait. */
export const viewOf = (primitive: object): object => {
  const data = primitive as SharedData
  return views[data[Shared]]!.of(data)
}

/** Which OS thread the current thread is taken to be on: each thread keeps to one. */
export const choose = <A>(copies: ReadonlyArray<A>): Effect.Effect<A> =>
  Effect.map(Thread.currentOption, (thread) => copies[Option.isNone(thread) ? 0 : thread.value.ident % copies.length]!)

interface Sleeper {
  readonly cells: Int32Array
  readonly index: number
  readonly wake: () => void
}

/**
 * Has wake-ups pass through the scheduler of the fibers that wait, which may be an explorer's, and not through the event loop:
 * no OS thread is blocked here, and none is there but this.
 */
export const playWakeUps = (): void => {
  const sleepers = new Set<Sleeper>()
  let waking: Fiber.Fiber<unknown, unknown>["currentDispatcher"] | undefined
  const memory: Atomic = {
    load: Atomics.load,
    store: Atomics.store,
    compareExchange: Atomics.compareExchange,
    add: Atomics.add,
    wait: () => {
      throw new Error("This OS thread is never blocked.")
    },
    waitAsync: (cells, index, expected, woken) => {
      if (cells[index] !== expected) return false
      // Who has been woken, in no fiber of the program, waits again as who waited before.
      const dispatcher = waking ?? Fiber.getCurrent()!.currentDispatcher
      const wake = () => {
        waking = dispatcher
        woken()
        waking = undefined
      }
      sleepers.add({ cells, index, wake: () => dispatcher.scheduleTask(wake, 0) })
      return true
    },
    notify: (cells, index, count) => {
      let left = count
      for (const sleeper of sleepers) {
        if (left === 0 || sleeper.cells.buffer !== cells.buffer || sleeper.index !== index) continue
        sleepers.delete(sleeper)
        sleeper.wake()
        left--
      }
      return count - left
    },
    pause: () => {}
  }
  simulate(memory)
}
