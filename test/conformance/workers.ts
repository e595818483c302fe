/** What the tests of worker pools share. */
import { Effect, Logger } from "effect"
import type { Layer, Scope } from "effect"
import { Future, Task, WorkerPool } from "effect-threading"
import type { ThreadGroup } from "effect-threading"
import { until } from "../pool/fixtures/log.ts"
import { closable, folder, reasonIn } from "../pool/support.ts"
import { inRegion } from "../support/pool.ts"
import { arrivedAt } from "./fixtures/semaphore.ts"
import type { SharedSemaphore } from "./fixtures/semaphore.ts"

export const tasks = Task.module<typeof import("./fixtures/tasks.ts")>(new URL("./fixtures/tasks.ts", import.meta.url))

export const services = WorkerPool.services<typeof import("./fixtures/services.ts")>(
  new URL("./fixtures/services.ts", import.meta.url)
)

/** Where `services` tell and wait. */
export const servicesFolder = Effect.tap(folder, ({ path }) =>
  Effect.sync(() => {
    process.env["CONFORMANCE_FOLDER"] = path
  }))

/** Runs a test as the main thread of a region, with a pool that it may close. */
export const inPool = <A, E>(
  layer: Layer.Layer<WorkerPool.WorkerPool>,
  test: (
    close: Effect.Effect<void>
  ) => Effect.Effect<A, E, WorkerPool.WorkerPool | Scope.Scope | ThreadGroup.ThreadGroup>
): Effect.Effect<A, E> =>
  Effect.scoped(Effect.flatMap(
    closable(layer),
    ({ close, context }) => Effect.ensuring(Effect.provideContext(inRegion(test(close)), context), close)
  ))

/** For a test in which workers die: the pool says so, to nobody. */
export const quietly = Effect.provide(Logger.layer([]))

/** Why the task that the future stands for has no result. */
export const reasonFor = (future: Future.Any) => Effect.map(Future.exit(future), reasonIn)

/** Waits until so many have come for a permit. */
export const untilArrived = (semaphore: SharedSemaphore, count: number) =>
  until(Effect.sync(() => arrivedAt(semaphore)), (arrived) => arrived === count)

/** How many workers there are. */
export const workersNow = Effect.map(WorkerPool.stats, ({ workers }) => workers)
