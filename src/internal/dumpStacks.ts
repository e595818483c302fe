/**
 * The dump with the stacks of busy workers. That takes a moment, unlike the dump itself, since a worker is asked for its stack
 * from outside: it may be in a loop that never hears anything.
 */
import * as Effect from "effect/Effect"
import { exactNow } from "./coarseClock.ts"
import { takeDump } from "./dump.ts"
import type { Dump, DumpedPool, DumpedWorker } from "./dumpModel.ts"
import { openPools } from "./pool/registry.ts"
import type { PoolView } from "./pool/registry.ts"

/** What all threads do now, and where the workers are that have been busy for a while. */
export const takeDumpWithStacks: Effect.Effect<Dump> = Effect.suspend(() => {
  const views = Array.from(openPools)
  const dump = takeDump()
  if (!dump.pools.some(({ workers }) => workers.some(isLong))) return Effect.succeed(dump)
  const pools = Effect.forEach(dump.pools, (pool, index) => withStacks(views[index]!, pool), {
    concurrency: "unbounded"
  })
  // The same dump, with its ways to turn into text, but for the pools.
  return Effect.map(
    pools,
    (pools) => Object.assign(Object.create(Object.getPrototypeOf(dump) as object), dump, { pools })
  )
})

// Milliseconds. To ask a worker where it is holds it up for some ten of them.
const long = 1000

const isLong = ({ since, state, tasks }: DumpedWorker): boolean =>
  state === "busy" && exactNow() - Math.min(since, ...tasks.map(({ since }) => since)) > long

const withStacks = (view: PoolView, pool: DumpedPool): Effect.Effect<DumpedPool> =>
  Effect.map(
    Effect.forEach(
      pool.workers,
      (worker) =>
        isLong(worker)
          ? Effect.map(view.stackOf(worker.name), (stack) => ({ ...worker, stack }))
          : Effect.succeed(worker),
      { concurrency: "unbounded" }
    ),
    (workers) => ({ ...pool, workers })
  )
