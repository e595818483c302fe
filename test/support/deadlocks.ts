/** What is logged while a program runs: the deadlocks that are reported, and warnings. */
import { Cause, Deferred, Effect, Logger } from "effect"
import { Deadlock, Thread, ThreadGroup } from "effect-threading"
import { until } from "./threads.ts"

export interface Log {
  readonly deadlocks: Array<Deadlock.DeadlockError>
  readonly warnings: Array<string>
  /** Goes on once a deadlock is reported, where other OS threads must have their time. */
  readonly reported: Effect.Effect<void>
}

/** Runs the program with a log that it may look at. */
export const logged = <A, E, R>(program: (log: Log) => Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.suspend(() => {
    const reported = Deferred.makeUnsafe<void>()
    const log: Log = { deadlocks: [], warnings: [], reported: Deferred.await(reported) }
    const logger = Logger.make<unknown, void>(({ cause, logLevel, message }) => {
      for (const reason of cause.reasons) {
        if (Cause.isDieReason(reason) && reason.defect instanceof Deadlock.DeadlockError) {
          log.deadlocks.push(reason.defect)
          Deferred.doneUnsafe(reported, Effect.void)
        }
      }
      if (logLevel === "Warn") log.warnings.push(String(message))
    })
    return Effect.provide(program(log), Logger.layer([logger]))
  })

/** As `logged`, in a region, which a failure of the program ends, whoever is stuck there. */
export const supervised = <A, E, R>(program: (log: Log) => Effect.Effect<A, E, R>) =>
  logged((log) => {
    const endAll = Effect.gen(function*() {
      const { ident } = yield* Thread.current
      yield* interruptAll((yield* Thread.enumerate).filter((thread) => thread.ident !== ident))
    })
    return ThreadGroup.supervise(Effect.scoped(Effect.onError(program(log), () => endAll)))
  })

export const untilReported = (log: Log, count = 1): Effect.Effect<void> =>
  until(Effect.sync(() => log.deadlocks.length >= count))

/** Lets everybody run as far as they come. */
export const settled: Effect.Effect<void> = Effect.yieldNow.pipe(Effect.repeat({ times: 50 }), Effect.asVoid)

/** The ring as one line: who waits for what. */
export const ringOf = (error: Deadlock.DeadlockError | undefined): ReadonlyArray<string> =>
  (error?.cycle ?? []).map(({ heldBy, thread, waitsFor }) =>
    `${thread.name} -> ${waitsFor.name} -> ${heldBy.join("+")}`
  )

/** Ends threads that wait for one another. */
export const interruptAll = (threads: ReadonlyArray<Thread.Thread<unknown, unknown>>): Effect.Effect<void> =>
  Effect.forEach(threads, (thread) => Thread.interrupt(thread), { discard: true, concurrency: "unbounded" })
