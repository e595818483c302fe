/** The error of a lock whose owner has died. */
import * as Schema from "effect/Schema"
import { knowErrors } from "../knownErrors.ts"

/**
 * The OS thread that held a shared lock has died, so what the lock protects may be half changed. Whoever waits for the lock, or
 * comes for it, fails so, until `recover` has repaired that. `ident` is the number of the dead OS thread, Node's `threadId`.
 *
 * @since 0.3.0
 * @category errors
 */
export class LockAbandonedError extends Schema.TaggedError<LockAbandonedError>("effect-threading/LockAbandonedError")(
  "LockAbandonedError",
  { lock: Schema.String, ident: Schema.Number }
) {
  override get message(): string {
    return `${this.lock}: OS thread ${this.ident} died while it held it, so what it protects may be half changed. `
      + "Repair that with recover, which makes the lock usable again."
  }
}

knowErrors(LockAbandonedError)
