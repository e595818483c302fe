// The README's first program: a daemon, a shared total behind a lock, and a pool whose futures come as they end.
import { NodeRuntime } from "@effect/platform-node"
import { Console, Effect, Stream } from "effect"
import { Future, Lock, Thread, ThreadGroup, ThreadPoolExecutor } from "effect-threading"

// #region first
const program = Effect.gen(function*() {
  // A daemon: interrupted, finalizers and all, once nobody else is left.
  yield* Thread.fork(Effect.onInterrupt(Effect.never, () => Console.log("heartbeat stopped")), {
    name: "heartbeat",
    daemon: true
  })

  const lock = yield* Lock.make()
  let total = 0
  const add = (n: number) => Lock.withLock(lock, Effect.sync(() => total += n))

  // At most four of these run at once; each runs on a named thread of the pool.
  const pool = yield* ThreadPoolExecutor.make({ maxWorkers: 4, threadNamePrefix: "adder" })
  const futures = yield* Effect.forEach([1, 2, 3, 4], (n) => ThreadPoolExecutor.submit(pool, add(n)))
  yield* Future.asCompleted(futures).pipe(Stream.mapEffect(Future.result), Stream.runDrain)

  // A thread that nobody joins: the region waits for it all the same.
  yield* Thread.fork(Console.log(`total: ${total}`), { name: "reporter" })
})

program.pipe(Effect.scoped, ThreadGroup.supervise, NodeRuntime.runMain)
// #endregion first

// Output:
// total: 10
// heartbeat stopped
