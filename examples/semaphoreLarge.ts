// A large request is not overtaken by small ones, and what was not taken is not given back. Python's `BoundedSemaphore`.
import { NodeRuntime } from "@effect/platform-node"
import { Cause, Console, Effect } from "effect"
import { Semaphore, Thread, ThreadGroup } from "effect-threading"

// #region semaphoreLarge
const program = Effect.gen(function*() {
  const megabytes = yield* Semaphore.makeBounded(4, { name: "megabytes" })

  const job = (name: string, size: number) =>
    Effect.gen(function*() {
      yield* Console.log(`${name} has ${size}, free: ${yield* Semaphore.value(megabytes)}`)
      yield* Effect.sleep("1 millis")
    }).pipe(Semaphore.withPermits(megabytes, size), Thread.fork({ name }))

  // When the third comes one permit is free, but the second came first.
  const jobs = [yield* job("small", 3), yield* job("large", 4), yield* job("tiny", 1)]
  yield* Effect.forEach(jobs, Thread.join)

  const defect = yield* Semaphore.release(megabytes).pipe(Effect.sandbox, Effect.flip, Effect.map(Cause.squash))
  yield* Console.log(defect instanceof Semaphore.SemaphoreReleasedTooOftenError ? defect._tag : "it grew")
  yield* Console.log(`free: ${yield* Semaphore.value(megabytes)}`)
})
// #endregion semaphoreLarge

program.pipe(ThreadGroup.supervise, NodeRuntime.runMain)

// Output:
// small has 3, free: 1
// large has 4, free: 0
// tiny has 1, free: 3
// SemaphoreReleasedTooOftenError
// free: 4
