// An orderly end: no more work is taken, what has begun may finish until a deadline, the rest is interrupted and cleans up.
import { NodeRuntime } from "@effect/platform-node"
import { Console, Effect, Option } from "effect"
import { Event, Future, Thread, ThreadGroup, ThreadPoolExecutor } from "effect-threading"

// #region shutdown
const program = Effect.gen(function*() {
  const stop = yield* Event.make({ name: "stop" })
  const pool = yield* ThreadPoolExecutor.make({ maxWorkers: 2, threadNamePrefix: "worker" })

  yield* Thread.fork(Effect.never.pipe(Effect.ensuring(Console.log("heartbeat: stopped"))), { daemon: true })
  const jobs = [
    Effect.andThen(Event.wait(stop), Console.log("quick job: done")),
    Effect.never.pipe(Effect.onInterrupt(() => Console.log("stuck job: put back into the queue")))
  ]
  const futures = yield* Effect.forEach(jobs, (job) => ThreadPoolExecutor.submit(pool, job))

  // Stands for SIGTERM.
  yield* Event.set(stop)

  const drained = yield* ThreadPoolExecutor.shutdown(pool).pipe(Effect.timeoutOption("20 millis"))
  yield* Console.log(`all done before the deadline: ${Option.isSome(drained)}`)
  yield* Effect.forEach(futures, Future.interrupt, { discard: true })
  yield* Console.log("main: done")
})
// #endregion shutdown

program.pipe(Effect.scoped, ThreadGroup.supervise, NodeRuntime.runMain)

// Output:
// quick job: done
// all done before the deadline: false
// stuck job: put back into the queue
// main: done
// heartbeat: stopped
