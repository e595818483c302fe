// Two workers, two connections, six queries: each worker opens its own when it first needs one, and closes it when it ends.
import { NodeRuntime } from "@effect/platform-node"
import { Console, Effect, Stream } from "effect"
import { Thread, ThreadGroup, ThreadLocal, ThreadPoolExecutor } from "effect-threading"

// #region connections
const connect = Effect.gen(function*() {
  const { name } = yield* Thread.current
  yield* Console.log(`${name} opens a connection`)
  // Stands for a client that must not be used by two at once.
  return { query: (n: number) => Effect.as(Effect.yieldNow, `row ${n}`) }
})

const program = Effect.gen(function*() {
  const connection = yield* ThreadLocal.resource(Effect.acquireRelease(connect, () => Console.log("closed")))
  const pool = yield* ThreadPoolExecutor.make({ maxWorkers: 2, threadNamePrefix: "db" })

  const query = (n: number) => Effect.flatMap(ThreadLocal.get(connection), ({ query }) => query(n))

  const rows = yield* ThreadPoolExecutor.map(pool, [1, 2, 3, 4, 5, 6], query).pipe(Stream.runCollect)
  yield* Console.log(`${rows}`)
})
// #endregion connections

program.pipe(Effect.scoped, ThreadGroup.supervise, NodeRuntime.runMain)

// Output:
// db_0 opens a connection
// db_1 opens a connection
// row 1,row 2,row 3,row 4,row 5,row 6
// closed
// closed
