// Submit, map, a failure, and the end of a pool. Python's `with ThreadPoolExecutor() as pool:`.
import { NodeRuntime } from "@effect/platform-node"
import { Console, Data, Effect, Stream } from "effect"
import { Future, ThreadGroup, ThreadPoolExecutor } from "effect-threading"

// #region pool
class NegativeError extends Data.TaggedError("NegativeError")<{ readonly n: number }> {}

const root = Effect.fn(function*(n: number) {
  if (n < 0) return yield* new NegativeError({ n })
  return Math.sqrt(n)
})

const program = Effect.gen(function*() {
  const pool = yield* ThreadPoolExecutor.make({ maxWorkers: 3, threadNamePrefix: "math" })

  const future = yield* ThreadPoolExecutor.submit(pool, root(16))
  yield* Console.log(`submit: ${yield* Future.result(future)}`)

  const roots = yield* ThreadPoolExecutor.map(pool, [1, 4, 9], root).pipe(Stream.runCollect)
  yield* Console.log(`map: ${roots}`)

  const failing = yield* ThreadPoolExecutor.submit(pool, root(-1))
  yield* Future.result(failing).pipe(
    Effect.catchTag("NegativeError", (error) => Console.log(`exception: no root of ${error.n}`))
  )

  yield* ThreadPoolExecutor.shutdown(pool)
  yield* ThreadPoolExecutor.submit(pool, root(25)).pipe(
    Effect.catchTag("ExecutorShutdownError", () => Console.log("shutdown: no more work"))
  )
})
// #endregion pool

program.pipe(Effect.scoped, ThreadGroup.supervise, NodeRuntime.runMain)

// Output:
// submit: 4
// map: 1,2,3
// exception: no root of -1
// shutdown: no more work
