// Five visitors, two chairs: at most two threads at a time are inside. Python's `with semaphore:`.
import { NodeRuntime } from "@effect/platform-node"
import { Console, Effect } from "effect"
import { Semaphore, Thread, ThreadGroup } from "effect-threading"

// #region semaphore
const program = Effect.gen(function*() {
  const chairs = yield* Semaphore.makeBounded(2)
  let seated = 0
  let most = 0

  const visit = Effect.gen(function*() {
    const { name } = yield* Thread.current
    yield* Console.log(`${name} sits down`)
    most = Math.max(most, ++seated)
    yield* Effect.sleep("1 millis")
    seated--
  }).pipe(Semaphore.withPermit(chairs))

  const visitors = yield* Effect.forEach(["Ann", "Bob", "Cy", "Dee", "Eve"], (name) => Thread.fork(visit, { name }))
  yield* Effect.forEach(visitors, Thread.join)
  yield* Console.log(`seated at once: ${most}, free chairs now: ${yield* Semaphore.value(chairs)}`)
})
// #endregion semaphore

program.pipe(ThreadGroup.supervise, NodeRuntime.runMain)

// Output:
// Ann sits down
// Bob sits down
// Cy sits down
// Dee sits down
// Eve sits down
// seated at once: 2, free chairs now: 2
