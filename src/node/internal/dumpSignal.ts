/**
 * Prints the dump when the process is sent a signal.
 */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { takeDumpWithStacks } from "../../internal/dumpStacks.ts"

const print = Effect.map(takeDumpWithStacks, (dump) => {
  process.stderr.write(`${dump}\n`)
})

/** Prints to stderr whenever the process gets this signal, until the scope closes. */
export const dumpOnSignal = (signal: string): Effect.Effect<void, never, Scope.Scope> =>
  Effect.gen(function*() {
    const listener = () => void Effect.runFork(print)
    yield* Effect.acquireRelease(
      Effect.try(() => process.on(signal, listener)).pipe(
        // Windows has no SIGUSR2; the rest of the diagnostics is of use there as well.
        Effect.catch((error) => Effect.logWarning(`NodeDiagnostics: no dump on ${signal}`, error))
      ),
      () => Effect.sync(() => process.off(signal, listener))
    )
  })
