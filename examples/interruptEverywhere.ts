// A permit that is lost to an interruption at one certain moment, and the operation that loses it.
import { NodeRuntime } from "@effect/platform-node"
import { Console, Effect } from "effect"
import { Semaphore, ThreadGroup } from "effect-threading"
import { interruptEverywhere } from "effect-threading/testing"

// #region interruptEverywhere
const subject = (use: (semaphore: Semaphore.Semaphore) => Effect.Effect<void>) =>
  Effect.gen(function*() {
    const semaphore = yield* Semaphore.make(1)
    return {
      effect: use(semaphore),
      check: () =>
        Effect.gen(function*() {
          const permits = yield* Semaphore.value(semaphore)
          if (permits !== 1) return yield* Effect.fail("the permit is lost")
        })
    }
  })

const byHand = (semaphore: Semaphore.Semaphore) =>
  Effect.gen(function*() {
    yield* Semaphore.acquire(semaphore)
    yield* Effect.yieldNow
    yield* Semaphore.release(semaphore)
  })

const program = Effect.gen(function*() {
  yield* interruptEverywhere(subject(byHand)).pipe(
    Effect.catchDefect((defect) => Console.log(`by hand: ${defect instanceof Error ? defect.cause : defect}`))
  )
  yield* interruptEverywhere(subject((semaphore) => Semaphore.withPermit(semaphore, Effect.yieldNow)))
  yield* Console.log("withPermit: nothing is lost, wherever it is interrupted")
})
// #endregion interruptEverywhere

program.pipe(ThreadGroup.supervise, NodeRuntime.runMain)

// Output:
// by hand: the permit is lost
// withPermit: nothing is lost, wherever it is interrupted
