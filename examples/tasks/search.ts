/** Work without an end, which is cancelled in three ways. */
import * as Task from "effect-threading/Task"
import * as Effect from "effect/Effect"

/** Plain code hears nothing while it computes, so it asks now and then. */
export const count = (limit: number): number => {
  let n = 0
  while (n < limit) if (++n % 1024 === 0) Task.checkpoint()
  return n
}

/** An Effect is interrupted at its next operation, and its finalizers run. */
export const poll = (millis: number) => Effect.forever(Effect.sleep(millis))

/** What never asks can only be ended together with its worker. */
export const deaf = (): never => {
  for (;;);
}
