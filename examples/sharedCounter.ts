// Two OS threads add to one counter in shared memory. Without the lock additions are lost, with it none is.
import { NodeRuntime } from "@effect/platform-node"
import { Console, Effect } from "effect"
import { Barrier, Lock, Task } from "effect-threading"
import { NodeWorkerPool } from "effect-threading/node"

// #region sharedCounter
const tasks = Task.module<typeof import("./tasks/counter.ts")>(new URL("./tasks/counter.ts", import.meta.url))

const size = 2
const times = 5_000

const count = Effect.fn(function*(task: typeof tasks.countWith) {
  const counter = {
    value: new Int32Array(new SharedArrayBuffer(4)),
    lock: yield* Lock.makeShared(),
    start: yield* Barrier.makeShared(size)
  }
  yield* Effect.replicateEffect(task(counter, times), size, { concurrency: "unbounded" })
  return counter.value[0]!
})

const program = Effect.gen(function*() {
  const without = yield* count(tasks.countWithout)
  yield* Console.log(`without the lock, some are lost: ${without < size * times}`)
  const exact = yield* count(tasks.countWith)
  yield* Console.log(`with the lock, all are there: ${exact === size * times}`)
}).pipe(Effect.provide(NodeWorkerPool.layer({ size })))
// #endregion sharedCounter

NodeRuntime.runMain(program)

// Output:
// without the lock, some are lost: true
// with the lock, all are there: true
