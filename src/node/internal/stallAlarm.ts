/**
 * The stall alarm of this OS thread and of its pools' workers: the watchdog, this thread's heartbeat, and what is told of a stall.
 */
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import type * as Scope from "effect/Scope"
import { isMainThread, threadId } from "node:worker_threads"
import { CurrentThread } from "../../internal/threadRecord.ts"
import { beat, stoodStill } from "./pulse.ts"
import { describeKey, Watchdog } from "./watchdog.ts"
import { watchWorkers } from "./workerStalls.ts"

const symbol = Symbol.for(describeKey)
const host = globalThis as { [symbol]?: (() => string) | undefined }

// Asked by the watchdog while this thread is paused, so it only reads.
const describeRunning = (): string => {
  const fiber = Fiber.getCurrent()
  if (fiber === undefined) return "    outside of every Effect fiber"
  const thread = fiber.getRef(CurrentThread)
  const { span } = fiber.cache
  return "    "
    + (thread === undefined
      ? `in fiber #${fiber.id}`
      : `in thread "${thread.name}" #${thread.ident}, fiber #${fiber.id}`)
    + (span?._tag === "Span" ? `, span "${span.name}"` : "")
}

/** Watches the event loops of this OS thread, and of the workers that its pools start, until the scope closes. */
export const stallAlarm = (after: number, dump: (() => string) | undefined): Effect.Effect<void, never, Scope.Scope> =>
  Effect.gen(function*() {
    const log = Effect.runForkWith(yield* Effect.context<never>())
    const describe = () => describeRunning() + (dump === undefined ? "" : `\n${dump()}`)
    yield* Effect.acquireRelease(
      Effect.sync(() => {
        const watchdog = new Watchdog(
          after,
          ({ pulse, stack, thread }) => {
            const ms = Math.round(stoodStill(pulse)).toLocaleString("en")
            log(Effect.logWarning(`The event loop of ${thread.name} stood still for ${ms} ms\n${stack}`))
          },
          (error) => log(Effect.logError("NodeDiagnostics: the stall alarm is off, its OS thread failed", error))
        )
        const name = isMainThread ? "the main thread" : `worker thread ${threadId}`
        host[symbol] = describe
        // It is the first, so there is room.
        const stopBeating = beat(watchdog.watch({ name, isMain: isMainThread })!)
        return { watchdog, stopBeating, stopWorkers: watchWorkers({ watchdog, log }) }
      }),
      ({ stopBeating, stopWorkers, watchdog }) =>
        Effect.promise(() => {
          stopWorkers()
          stopBeating()
          if (host[symbol] === describe) delete host[symbol]
          return watchdog.stop()
        })
    )
  })
