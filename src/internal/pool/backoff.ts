/** How long to wait before another worker is started in the place of one that failed: the steps of a schedule. */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as Pull from "effect/Pull"
import * as Schedule from "effect/Schedule"
import type { Fault } from "./taskError.ts"

type Step = (now: number, reason: Fault) => Pull.Pull<[unknown, Duration.Duration], unknown, unknown>

export class Backoff {
  private readonly schedule: Schedule.Schedule<unknown, Fault>
  private step: Step | undefined

  constructor(schedule: Schedule.Schedule<unknown, Fault>) {
    this.schedule = schedule
  }

  /** In milliseconds; undefined once the schedule is done. */
  next(reason: Fault): number | undefined {
    this.step ??= Effect.runSync(Schedule.toStep(this.schedule))
    const exit = Effect.runSyncExit(this.step(Date.now(), reason))
    return Exit.isSuccess(exit) ? Duration.toMillis(exit.value[1]) : undefined
  }

  /** All is well again. */
  reset(): void {
    this.step = undefined
  }
}
