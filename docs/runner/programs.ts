/** Runs what the reader's program gives to `NodeRuntime.runMain`. */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as Fiber from "effect/Fiber"

const running = new Set<Fiber.Fiber<unknown, unknown>>()
const failures: Array<Cause.Cause<unknown>> = []
let wasInterrupted = false
let settle: (() => void) | undefined

export const runMain = (effect: Effect.Effect<unknown, unknown>): void => {
  const fiber = Effect.runFork(effect)
  running.add(fiber)
  fiber.addObserver((exit) => {
    running.delete(fiber)
    if (Exit.isFailure(exit)) {
      if (Cause.hasInterruptsOnly(exit.cause)) wasInterrupted = true
      else failures.push(exit.cause)
    }
    if (running.size === 0) settle?.()
  })
}

export const interruptAll = (): void => {
  for (const fiber of running) fiber.interruptUnsafe()
}

export interface End {
  readonly failures: ReadonlyArray<Cause.Cause<unknown>>
  readonly wasInterrupted: boolean
}

/** Waits until all that was started has ended. */
export const ended = async (): Promise<End> => {
  if (running.size > 0) await new Promise<void>((resolve) => settle = resolve)
  return { failures, wasInterrupted }
}
