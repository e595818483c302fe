/** What the contracts of regions share. */
import { Deferred, Effect } from "effect"
import { Thread } from "effect-threading"
import type { ThreadGroup } from "effect-threading"

export type ThreadGroupApi = Pick<typeof ThreadGroup, "supervise" | "nursery"> & Pick<typeof Thread, "fork">

/** Failures are not reported. */
export const noHook = Effect.provideService(Thread.ExceptHook, () => Effect.void)

export const note = (log: Array<string>, line: string) => Effect.sync(() => log.push(line))

/** Starts a thread that waits for ever, and notes when it is interrupted and when it has cleaned up; it has begun to wait. */
export const forkWaiting = ({ fork }: ThreadGroupApi) => (name: string, log: Array<string>, options?: Thread.Options) =>
  Effect.gen(function*() {
    const begun = yield* Deferred.make<void>()
    const cleanUp = Effect.gen(function*() {
      log.push(`${name} interrupted`)
      yield* Effect.yieldNow
      log.push(`${name} cleaned up`)
    })
    const waiting = Effect.andThen(Deferred.succeed(begun, undefined), Effect.never)
    const thread = yield* fork(Effect.onInterrupt(waiting, () => cleanUp), { ...options, name })
    yield* Deferred.await(begun)
    return thread
  })
