// The shortest pipeline: an endless source, an executor that works four items ahead at most, and a consumer that takes five.
import { NodeRuntime } from "@effect/platform-node"
import { Console, Effect, Stream } from "effect"
import { ThreadGroup, ThreadPoolExecutor } from "effect-threading"

// #region pipelineMap
function* numbers() {
  for (let n = 1;; n++) yield n
}

const program = Effect.gen(function*() {
  const pool = yield* ThreadPoolExecutor.make({ maxWorkers: 2 })
  let started = 0
  const square = (n: number) =>
    Effect.gen(function*() {
      started++
      yield* Effect.yieldNow
      return n * n
    })

  const squares = yield* ThreadPoolExecutor.map(pool, numbers(), square, { bufferSize: 4 }).pipe(
    Stream.take(5),
    Stream.runCollect
  )
  yield* Console.log(`taken: ${squares}`)
  yield* Console.log(`started, of infinitely many: ${started}`)
})
// #endregion pipelineMap

program.pipe(Effect.scoped, ThreadGroup.supervise, NodeRuntime.runMain)

// Output:
// taken: 1,4,9,16,25
// started, of infinitely many: 8
