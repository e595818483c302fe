/** A fiber's place in a line of a wrong implementation: it waits there until it is granted, or gives up. */
import { Effect } from "effect"
import type { Fiber } from "effect"

export class Place {
  isGranted = false
  private resume: (() => void) | undefined = undefined
  private readonly fiber: Fiber.Fiber<unknown, unknown>
  readonly permits: number

  constructor(fiber: Fiber.Fiber<unknown, unknown>, permits = 1) {
    this.fiber = fiber
    this.permits = permits
  }

  grant(): void {
    this.isGranted = true
    this.fiber.currentDispatcher.scheduleTask(() => this.resume?.(), 0)
  }

  /** Waits for the grant; `givesUp` runs if it is interrupted before it has gone on. */
  wait(enters: () => void, givesUp: () => void): Effect.Effect<void> {
    return Effect.callback<void>((resume) => {
      this.resume = () => resume(Effect.void)
      if (this.isGranted) this.resume()
      else enters()
      return Effect.sync(givesUp)
    })
  }
}
