/** When this OS thread may be blocked, and what is thrown where it may not. */
import * as Schema from "effect/Schema"
import { load, pause, wait } from "../atomics.ts"
import { checkpoint } from "../checkpoint.ts"
import { knowErrors } from "../knownErrors.ts"
import { lookAfter } from "./lockWord.ts"
import { mayBlock } from "./platform.ts"

/**
 * What a blocking form throws where it would have to wait and must not: on the main thread, whose event loop has to go on, or for
 * something that another fiber of this very OS thread has, which could never give it back.
 *
 * @since 0.3.0
 * @category errors
 */
export class CannotBlockError extends Schema.TaggedError<CannotBlockError>("effect-threading/CannotBlockError")(
  "CannotBlockError",
  { operation: Schema.String, primitive: Schema.String, advice: Schema.String }
) {
  override get message(): string {
    return `${this.operation}: would have to wait for ${this.primitive}. ${this.advice}`
  }
}

knowErrors(CannotBlockError)

/** Asked before each sleep: whether it may be done at all, and whether the task that wants it still should. */
export const mayWait = (operation: string, primitive: string): () => void => () => {
  if (!mayBlock) {
    throw new CannotBlockError({
      operation,
      primitive,
      advice: "The main thread is never blocked: call it in a task, or use the effect."
    })
  }
  checkpoint()
}

/** Where an OS thread is notified, and what is there as long as it has not been. */
interface Mailbox {
  readonly cells: Int32Array
  readonly mailbox: number
  readonly expected: number
}

/** What is handed over at once, if both OS threads run, is not slept for. */
const spins = 100

/** Blocks this OS thread until it is notified: true if it has not heard anything for long. */
export const sleepsLong = ({ cells, expected, mailbox }: Mailbox): boolean => {
  for (let i = 0; i < spins; i++) {
    if (load(cells, mailbox) !== expected) return false
    pause()
  }
  return wait(cells, mailbox, expected, lookAfter) === "timed-out"
}

/** What a function has answered that was to hold something for as long as it runs, and so must have ended. */
export const synchronous = <A>(answer: A, kind: string): A => {
  if (typeof answer !== "object" || answer === null || !("then" in answer)) return answer
  throw new TypeError(
    `${kind}: the function has returned a promise, and would go on without what it holds. Use the effect.`
  )
}
