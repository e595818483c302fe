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
import { Holds } from "./hold.ts"
import { CurrentThread } from "./threadRecord.ts"

type Any = Context.Context<never>

const keep = <A>(reference: Context.Reference<A>) => (context: Any, own: Any): Any =>
  Context.add(context, reference, Context.get(own, reference))

const identity = [
  keep(CurrentThread),
  keep(Holds),
  keep(CurrentTask),
  keep(Scheduler.Scheduler),
  keep(References.CurrentLogAnnotations),
  keep(References.TracerSpanAnnotations)
]

export const provideCaptured = <A, E, R>(
  effect: Effect.Effect<A, E, R>,
  captured: Context.Context<R>
): Effect.Effect<A, E> =>
  Effect.updateContext(
    effect,
    (own: Any) =>
      identity.reduce(
        (context, keepOwn) => keepOwn(context, own),
        Context.merge(own, captured) as Any
      ) as Context.Context<R>
  )
