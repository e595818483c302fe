/**
 * Prints the dump when the process is sent a signal.
 */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { takeDump } from "../../internal/dump.ts"

const print = (): void => {
  process.stderr.write(`${takeDump()}\n`)
}

/** Prints to stderr whenever the process gets this signal, until the scope closes. */
export const dumpOnSignal = (signal: string): Effect.Effect<void, never, Scope.Scope> =>
  Effect.gen(function*() {
    const listener = () => print()
    yield* Effect.acquireRelease(
      Effect.try(() => process.on(signal, listener)).pipe(
        // Windows has no SIGUSR2; the rest of the diagnostics is of use there as well.
        Effect.catch((error) => Effect.logWarning(`NodeDiagnostics: no dump on ${signal}`, error))
      ),
      () => Effect.sync(() => process.off(signal, listener))
    )
  })
