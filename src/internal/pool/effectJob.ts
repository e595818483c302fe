/** A call whose caller is a fiber of this OS thread that waits for its end. */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type { Seat } from "../jobQueue.ts"
import { LocalJob } from "./localJob.ts"

export class EffectJob extends LocalJob {
  private resume: ((exit: Exit.Exit<unknown, unknown>) => void) | undefined

  protected begin(seat: Seat | undefined): Effect.Effect<unknown, unknown> {
    return Effect.callback<unknown, unknown>((resume) => {
      this.resume = resume
      this.submit(seat)
      return this.cancelled
    })
  }

  /** Cancels the call and waits until it really has ended. What went wrong while it was interrupted is a defect here as well. */
  private get cancelled(): Effect.Effect<void> {
    return Effect.callback<void>((resume) => {
      this.resume = (exit) => resume(defectsOf(exit))
      this.pool.cancel(this)
      if (this.phase === "done") resume(Effect.void)
    })
  }

  protected ended(exit: Exit.Exit<unknown, unknown>): void {
    this.resume?.(exit)
  }

  chunk(): void {}
}

const defectsOf = (exit: Exit.Exit<unknown, unknown>): Exit.Exit<void> => {
  const defects = Exit.isFailure(exit) ? exit.cause.reasons.filter(Cause.isDieReason) : []
  return defects.length === 0 ? Exit.void : Exit.failCause(Cause.fromReasons(defects))
}
