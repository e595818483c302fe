// A bounded queue: submit waits for room, or fails at once. Python's executors queue without bound.
import { NodeRuntime } from "@effect/platform-node"
import { Console, Effect } from "effect"
import { ThreadGroup, ThreadPoolExecutor } from "effect-threading"

// #region backpressure
const program = Effect.gen(function*() {
  const patient = yield* ThreadPoolExecutor.make({ maxWorkers: 2, capacity: 3 })
  let submitted = 0
  let done = 0
  let most = 0
  const task = Effect.andThen(Effect.yieldNow, Effect.sync(() => done++))
  for (let i = 0; i < 100; i++) {
    yield* ThreadPoolExecutor.submit(patient, task) // waits while three are queued
    most = Math.max(most, ++submitted - done)
  }
  yield* ThreadPoolExecutor.shutdown(patient)
  yield* Console.log(`${done} done, never more than ${most} at a time in hand`)

  const strict = yield* ThreadPoolExecutor.make({ maxWorkers: 1, capacity: 1, onFull: "fail" })
  for (const name of ["Ann", "Bob", "Cy"]) {
    yield* ThreadPoolExecutor.submit(strict, Effect.sleep("1 millis")).pipe(
      Effect.andThen(Console.log(`${name} is served`)),
      Effect.catchTag("ExecutorQueueFullError", ({ capacity }) => Console.log(`${name} goes away: ${capacity} queued`))
    )
  }
})
// #endregion backpressure

program.pipe(Effect.scoped, ThreadGroup.supervise, NodeRuntime.runMain)

// Output:
// 100 done, never more than 5 at a time in hand
// Ann is served
// Bob is served
// Cy goes away: 1 queued
