// A back end without its HTTP: requests are answered while two cores compute, with a deadline and a bounded queue.
import { NodeRuntime } from "@effect/platform-node"
import { Console, type Duration, Effect } from "effect"
import { Task } from "effect-threading"
import { NodeWorkerPool } from "effect-threading/node"

// #region offload
const tasks = Task.module<typeof import("./tasks/reports.ts")>(new URL("./tasks/reports.ts", import.meta.url))

const answer = (limit: number, deadline: Duration.Input = "2 seconds") =>
  tasks.primes(limit).pipe(
    Effect.map((count) => `200 ${count}`),
    Effect.timeout(deadline),
    Effect.catchReason("TaskError", "QueueFull", () => Effect.succeed("503 too much to do")),
    Effect.catchTags({
      BadInputError: ({ message }) => Effect.succeed(`400 ${message}`),
      TimeoutError: () => Effect.succeed("504 it took too long"),
      TaskError: ({ message }) => Effect.succeed(`500 ${message}`)
    }),
    Effect.tap((response) => Console.log(`GET /primes/${limit}: ${response}`))
  )

const program = Effect.gen(function*() {
  // The first worker is there, and has loaded the tasks, before the first request.
  yield* tasks.primes(0)

  yield* answer(1000)
  yield* answer(-1)
  yield* answer(Infinity, "50 millis")
  yield* Console.log("and now three at once, of which the queue takes two")
  yield* Effect.forEach([2000, 3000, 4000], (limit) => answer(limit), { concurrency: "unbounded" })
}).pipe(Effect.provide(NodeWorkerPool.layer({ size: 1, capacity: 2, onFull: "fail" })))
// #endregion offload

NodeRuntime.runMain(program)

// Output:
// GET /primes/1000: 200 168
// GET /primes/-1: 400 -1 is negative
// GET /primes/Infinity: 504 it took too long
// and now three at once, of which the queue takes two
// GET /primes/4000: 503 too much to do
// GET /primes/2000: 200 303
// GET /primes/3000: 200 430
