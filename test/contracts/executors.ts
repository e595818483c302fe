/** What the contracts of executors share. */
import { Cause, Effect, Exit } from "effect"
import { Event } from "effect-threading"
import type { ThreadPoolExecutor } from "effect-threading"

export type ExecutorApi = Pick<typeof ThreadPoolExecutor, "make" | "submit" | "map" | "shutdown">

export type Pool = ThreadPoolExecutor.ThreadPoolExecutor

export const squash = (exit: Exit.Exit<unknown, unknown>) => Exit.isFailure(exit) ? Cause.squash(exit.cause) : exit

/** Counts who is inside, and the most that ever were. */
export const counting = () => {
  const counts = { now: 0, most: 0, ended: 0 }
  const count = <A, E, R>(work: Effect.Effect<A, E, R>) =>
    Effect.acquireUseRelease(
      Effect.sync(() => counts.most = Math.max(counts.most, ++counts.now)),
      () => work,
      () =>
        Effect.sync(() => {
          counts.now--
          counts.ended++
        })
    )
  return { count, counts }
}

/** A task that holds its worker until the gate opens; it runs. */
export const occupy = ({ submit }: ExecutorApi) => (pool: Pool, gate: Event.Event) =>
  Effect.gen(function*() {
    const begun = yield* Event.make()
    const future = yield* submit(pool, Effect.andThen(Event.set(begun), Event.wait(gate)))
    yield* Event.wait(begun)
    return future
  })
