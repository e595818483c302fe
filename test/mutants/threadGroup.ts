/** The library's regions with something wrong about them. */
import { Cause, Deferred, Effect, Fiber } from "effect"
import { Thread, ThreadGroup } from "effect-threading"
import { nurseryCases } from "../contracts/nursery.ts"
import type { ThreadGroupApi } from "../contracts/regions.ts"
import { superviseCases } from "../contracts/supervise.ts"
import type { Mutant } from "./mutant.ts"

const right: ThreadGroupApi = { ...ThreadGroup, ...Thread }

/** On a fiber that nobody waits for; whoever is interrupted goes on at once. */
const detached = <A, E, R>(effect: Effect.Effect<A, E, R>, passesOn: boolean): Effect.Effect<A, E, R> =>
  Effect.flatMap(
    Effect.forkDetach(effect),
    (fiber) =>
      Effect.onInterrupt(Fiber.join(fiber), () =>
        passesOn ? Effect.asVoid(Effect.forkDetach(Fiber.interrupt(fiber))) : Effect.void)
  )

type Fork = typeof Thread.fork
type Body = Effect.Effect<unknown, unknown, ThreadGroup.ThreadGroup>

const forking = (
  fork: (body: Body, options: Thread.Options | undefined) => Effect.Effect<unknown, never, unknown>
) => ({
  ...right,
  fork: fork as Fork
})

const mutants: Readonly<Record<string, ThreadGroupApi>> = {
  "a region that does not wait for its daemons' finalizers": forking((body, options) =>
    Thread.fork(options?.daemon === true ? detached(body, true) : body, options)
  ),
  "a region that misses threads that are started after main has ended": forking((body, options) =>
    Effect.flatMap(
      Thread.main,
      (main) =>
        Effect.flatMap(Thread.isAlive(main), (isAlive) =>
          Thread.fork(body, isAlive ? options : { ...options, daemon: true }))
    )
  ),
  "a region that takes every thread for a daemon": forking((body, options) =>
    Thread.fork(body, { ...options, daemon: true })
  ),
  "a region whose interruption leaves its threads running": {
    ...right,
    supervise: (effect) => detached(right.supervise(effect), false)
  },
  "a region that an interruption ends before its finalizers have run": {
    ...right,
    supervise: (effect) => detached(right.supervise(effect), true)
  },
  "a nursery that a failed thread does not fail": {
    ...right,
    nursery: (effect) => right.supervise(effect)
  },
  "a nursery that fails before its other threads have ended": {
    ...right,
    nursery: (effect) =>
      Effect.suspend(() => {
        const failed = Deferred.makeUnsafe<never, ThreadGroup.ThreadFailedError>()
        const region = Effect.provideService(right.nursery(effect), Thread.ExceptHook, ({ cause, thread }) =>
          Deferred.fail(failed, new ThreadGroup.ThreadFailedError({ name: thread.name, cause: Cause.squash(cause) })))
        return Effect.raceFirst(detached(region, true), Deferred.await(failed))
      })
  }
}

export const threadGroupMutants: ReadonlyArray<Mutant> = Object.entries(mutants).map(([name, api]) => ({
  name,
  cases: [...superviseCases(api), ...nurseryCases(api)]
}))
