/** What the tests of executors and futures share. */
import { assert } from "@effect/vitest"
import { Cause, Clock, Deferred, Duration, Effect, Logger, Option, Stream } from "effect"
import type { Scope } from "effect"
import { Future, Thread, ThreadGroup } from "effect-threading"
import { until } from "./waiters.ts"

/**
 * Runs the effect as the main thread of a region; its scope closes first, as main's last act. If it fails, the region is
 * interrupted, so that a failed assertion is seen, and not waited for together with all that still runs.
 */
export const inRegion = <A, E, R>(
  effect: Effect.Effect<A, E, R>
): Effect.Effect<A, E, Exclude<Exclude<R, Scope.Scope>, ThreadGroup.ThreadGroup>> =>
  Effect.suspend(() => {
    const failed = Deferred.makeUnsafe<never, E>()
    return effect.pipe(
      Effect.tapCause((cause) => Deferred.failCause(failed, cause)),
      Effect.scoped,
      ThreadGroup.supervise,
      Effect.raceFirst(Deferred.await(failed))
    )
  })

interface Load {
  readonly running: number
  readonly queued: number
  readonly workers: number
}

/** How many tasks run and are queued, and how many workers there are, as the executor itself prints it. */
export const load = (executor: object): Load => JSON.parse(JSON.stringify(executor)) as Load

/** Goes on once exactly this many tasks run. */
export const untilRunning = (executor: object, count: number): Effect.Effect<void> =>
  until(() => load(executor).running === count, () => `${count} tasks running at ${executor}`)

/** Goes on once nothing runs and nothing is queued. */
export const untilIdle = (executor: object): Effect.Effect<void> =>
  until(() => load(executor).running + load(executor).queued === 0, () => `nothing to do at ${executor}`)

/** Goes on once the future is done. */
export const untilDone = (future: Future.Any): Effect.Effect<void> =>
  until(() => isDoneNow(future), () => `${future} done`)

const isDoneNow = (future: Future.Any): boolean => /\((cancelled|finished)/.test(String(future))

/** Lets everybody go as far as they can without time passing: what has not happened then, happens only later. */
export const settle: Effect.Effect<void> = Effect.repeat(Effect.yieldNow, { times: 200 })

/** The live threads whose names begin so. */
export const threadsNamed = (prefix: string) =>
  Effect.map(Thread.enumerate, (threads) => threads.filter(({ name }) => name.startsWith(prefix)))

/** The names of the live threads that begin so. */
export const namesOf = (prefix: string) =>
  Effect.map(threadsNamed(prefix), (threads) => threads.map(({ name }) => name))

/** Python's `wait(futures, timeout, return_when)`: says what is done and what is not, also when the time is over. */
export const waitWithin = <F extends Future.Any>(
  futures: Iterable<F>,
  timeout: Duration.Input,
  options?: Parameters<typeof Future.wait>[1]
) => {
  const all = [...new Set(futures)]
  const isIn = (some: ReadonlyArray<Future.Any>) => (future: F) => some.includes(future)
  return Effect.map(Effect.timeoutOption(Future.wait(all, options), timeout), (answer) => {
    const isDone = Option.isSome(answer) ? isIn(answer.value.done) : isDoneNow
    return {
      done: all.filter(isDone),
      notDone: all.filter((future) => !isDone(future)),
      timedOut: Option.isNone(answer)
    }
  })
}

/** Python's `timeout` of `map` and `as_completed`: one budget for all, overdrawn only by an element that is not there yet. */
export const withDeadline = (budget: Duration.Input) => <A, E, R>(self: Stream.Stream<A, E, R>) =>
  Stream.transformPull(self, (pull) =>
    Effect.map(Clock.currentTimeMillis, (start) => {
      const end = start + Duration.toMillis(Duration.fromInputUnsafe(budget))
      return Effect.flatMap(Clock.currentTimeMillis, (now) => Effect.timeout(pull, Math.max(0, end - now)))
    }))

/** What the effect logs: level, message and cause, a line each. */
export const logged = <A, E, R>(effect: (lines: ReadonlyArray<string>) => Effect.Effect<A, E, R>) =>
  Effect.suspend(() => {
    const lines: Array<string> = []
    const logger = Logger.make(({ cause, logLevel, message }) => {
      lines.push(`${logLevel} ${[message].flat().join(" ")} ${cause.reasons.length > 0 ? Cause.pretty(cause) : ""}`)
    })
    return Effect.provide(effect(lines), Logger.layer([logger]))
  })

/** The defect that the effect dies with. */
export const defectOf = <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<unknown, never, R> =>
  Effect.map(Effect.exit(effect), (exit) => {
    assert(exit._tag === "Failure", "it did not fail")
    const defect = exit.cause.reasons.find(Cause.isDieReason)
    assert(defect !== undefined, "it failed without a defect")
    return defect.defect
  })
