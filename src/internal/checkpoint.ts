/** How code that runs in a task learns that the task is to end: synchronously, wherever it asks. */
import * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import * as Fiber from "effect/Fiber"

/** Something that can be asked to end. */
export interface Cancellable {
  readonly isCancelling: boolean
  /** This fiber of it, or its synchronous code, has been waiting for a lock in shared memory. */
  waits?(fiber: Fiber.Fiber<unknown, unknown> | undefined, lock: object): void
}

/** The task of the current fiber. */
export const CurrentRun: Context.Reference<Cancellable | undefined> = Context.Reference(
  "effect-threading/CurrentRun",
  { defaultValue: (): Cancellable | undefined => undefined }
)

// On `globalThis`, since a bundle may hold this module twice: once for the runner, once for the tasks.
const key = Symbol.for("effect-threading/Checkpoint")
const host = globalThis as { [key]?: { running: Cancellable | undefined } }
const plain = host[key] ??= { running: undefined }

/** What a checkpoint throws: no error, so that nobody takes it for one. */
class Interruption {
  readonly _tag = "effect-threading/Interruption"
}

/** Notes which plain function runs, or did last. The answer is what was noted before. */
export const enter = (run: Cancellable | undefined): Cancellable | undefined => {
  const before = plain.running
  plain.running = run
  return before
}

const running = (fiber: Fiber.Fiber<unknown, unknown> | undefined): Cancellable | undefined =>
  fiber?.getRef(CurrentRun) ?? plain.running

/** Has the task's caller know that it waits for a lock that others share, perhaps the caller itself. */
export const tellWait = (fiber: Fiber.Fiber<unknown, unknown> | undefined, lock: object): void =>
  running(fiber)?.waits?.(fiber, lock)

export const checkpoint = (): void => {
  if (running(Fiber.getCurrent())?.isCancelling === true) throw new Interruption()
}

export const isInterruption = (u: unknown): boolean =>
  typeof u === "object" && u !== null && "_tag" in u && u._tag === "effect-threading/Interruption"

/** The cause, with what checkpoints threw taken for the interruptions that they are. */
export const interruptedIn = (cause: Cause.Cause<unknown>): Cause.Cause<unknown> =>
  cause.reasons.some(isThrown) ? Cause.fromReasons<unknown>(cause.reasons.map(interruption)) : cause

const isThrown = (reason: Cause.Reason<unknown>): boolean => Cause.isDieReason(reason) && isInterruption(reason.defect)

const interruption = (reason: Cause.Reason<unknown>): Cause.Reason<unknown> =>
  isThrown(reason) ? Cause.makeInterruptReason() : reason
