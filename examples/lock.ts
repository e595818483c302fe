// Two threads add to one counter; without the lock one of every two additions would be lost. Python's `with lock:`.
import { NodeRuntime } from "@effect/platform-node"
import { Console, Effect } from "effect"
import { Lock, Thread, ThreadGroup } from "effect-threading"

// #region lock
const count = Effect.fn(function*(guard: <A>(effect: Effect.Effect<A>) => Effect.Effect<A>) {
  let counter = 0
  const increment = Effect.gen(function*() {
    const seen = counter
    yield* Effect.yieldNow // another thread may run here
    counter = seen + 1
  })
  const worker = Effect.replicateEffect(guard(increment), 100, { discard: true })

  const first = yield* Thread.fork(worker)
  const second = yield* Thread.fork(worker)
  yield* Thread.join(first)
  yield* Thread.join(second)
  return counter
})

const program = Effect.gen(function*() {
  const lock = yield* Lock.make()
  yield* Console.log(`without a lock: ${yield* count((effect) => effect)}`)
  yield* Console.log(`with a lock: ${yield* count(Lock.withLock(lock))}`)
})
// #endregion lock

program.pipe(ThreadGroup.supervise, NodeRuntime.runMain)

// Output:
// without a lock: 100
// with a lock: 200
