/**
 * An effect that is handed over in one place and run in another, by whichever fiber comes to it: a barrier's action, a
 * future's callback, a thread-local's resource. It has the services of where it was written; who runs it (the thread, its holds of
 * locks, its executor's task) is the fiber that runs it.
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as References from "effect/References"
import * as Scheduler from "effect/Scheduler"
import { CurrentTask } from "./futureState.ts"
import { Holds } from "./mutex.ts"
import { CurrentThread } from "./threadRecord.ts"

const identity: ReadonlyArray<Context.Reference<unknown>> = [
  CurrentThread,
  Holds,
  CurrentTask,
  Scheduler.Scheduler,
  References.CurrentLogAnnotations,
  References.TracerSpanAnnotations
] as ReadonlyArray<Context.Reference<never>>

export const provideCaptured = <A, E, R>(
  effect: Effect.Effect<A, E, R>,
  captured: Context.Context<R>
): Effect.Effect<A, E> =>
  Effect.updateContext(effect, (own: Context.Context<never>) => {
    let context = Context.merge(own, captured)
    for (const reference of identity) context = Context.add(context, reference, Context.get(own, reference))
    return context
  })
