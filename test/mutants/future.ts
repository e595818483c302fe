/** The library's futures with something wrong about them. */
import { Effect } from "effect"
import { Future } from "effect-threading"
import { futureCases } from "../contracts/future.ts"
import type { FutureApi } from "../contracts/future.ts"
import type { Mutant } from "./mutant.ts"

/** Futures whose waiters are kept here: what `enters` puts in its line is woken when the future is done. */
const withLine = (enters: (line: Array<() => void>, wake: () => void) => void, looksAgain: boolean): FutureApi => {
  const lines = new WeakMap<Future.Any, Array<() => void>>()
  const lineOf = (future: Future.Any) => lines.get(future) ?? lines.set(future, []).get(future)!
  const wake = (future: Future.Any) => Effect.sync(() => lineOf(future).splice(0).forEach((wake) => wake()))
  const exit = <A, E>(self: Future.Future<A, E>) => {
    const waiting = Effect.callback<void>((resume) => {
      if (looksAgain && Effect.runSync(Future.isDone(self))) resume(Effect.void)
      else enters(lineOf(self), () => resume(Effect.void))
    })
    return Effect.flatMap(
      Future.isDone(self),
      (isDone) => isDone ? Future.exit(self) : Effect.andThen(waiting, Future.exit(self))
    )
  }
  return {
    ...Future,
    exit,
    result: (self) => Effect.flatten(exit(self)),
    complete: (self, exit) => Effect.ensuring(Future.complete(self, exit), wake(self)),
    cancel: (self) => Effect.ensuring(Future.cancel(self), wake(self))
  }
}

const looksFirst: FutureApi["cancel"] = (self) =>
  Effect.flatMap(
    Effect.all([Future.isRunning(self), Future.isDone(self), Future.isCancelled(self)]),
    (is) => is[0] || (is[1] && !is[2]) ? Effect.succeed(false) : Effect.as(Future.cancel(self), true)
  )

const mutants: Readonly<Record<string, FutureApi>> = {
  "a future that keeps one waiter: a second one takes the place of the first": withLine((line, wake) => {
    line[0] = wake
  }, true),
  "a future that looks whether it is done before it queues a waiter, and not again": withLine((line, wake) => {
    line.push(wake)
  }, false),
  "a future that says it is cancelled although its task began meanwhile": { ...Future, cancel: looksFirst },
  "a future whose firstException goes by a cancelled one": {
    ...Future,
    wait: (futures, options) =>
      Future.wait(
        futures,
        options?.returnWhen === "firstException" ? { returnWhen: "firstCompleted" } : options
      )
  }
}

export const futureMutants: ReadonlyArray<Mutant> = Object.entries(mutants).map(([name, api]) => ({
  name,
  cases: futureCases(api)
}))

/** The same lines without a fault. */
export const rightFuture = futureCases(withLine((line, wake) => line.push(wake), true))
