// Who is interrupted after a notification, and before it could act on it, passes it on: the next one wakes.
import { NodeRuntime } from "@effect/platform-node"
import { Console, Effect, Exit } from "effect"
import { Condition, Thread, ThreadGroup } from "effect-threading"

// #region lostWakeUp
const program = Effect.gen(function*() {
  const oven = yield* Condition.make(undefined, { name: "oven" })
  let loaves = 0

  const buy = Effect.gen(function*() {
    yield* Condition.waitFor(oven, () => loaves > 0)
    loaves--
    const { name } = yield* Thread.current
    yield* Console.log(`${name} has a loaf`)
  }).pipe(Condition.withLock(oven))

  const ann = yield* Thread.fork(buy, { name: "Ann" })
  const bob = yield* Thread.fork(buy, { name: "Bob" })
  yield* Effect.yieldNow // both begin, and sleep

  // One loaf, one notification: Ann has slept longer, so it is hers.
  yield* Effect.gen(function*() {
    loaves++
    yield* Condition.notify(oven)
  }).pipe(Condition.withLock(oven))
  yield* Thread.interrupt(ann)

  yield* Thread.join(bob)
  yield* Console.log(`Ann was interrupted: ${Exit.hasInterrupts(yield* Thread.await(ann))}, loaves left: ${loaves}`)
})
// #endregion lostWakeUp

program.pipe(ThreadGroup.supervise, NodeRuntime.runMain)

// Output:
// Bob has a loaf
// Ann was interrupted: true, loaves left: 0
