// Computing on all cores: the exports of a module become Effects and Streams. Python's ProcessPoolExecutor, typed.
import { NodeRuntime } from "@effect/platform-node"
import { Console, Effect, Option, Stream } from "effect"
import { Task, ThreadGroup, ThreadPoolExecutor, WorkerPool } from "effect-threading"
import { NodeWorkerPool } from "effect-threading/node"

// #region tasks
const tasks = Task.module<typeof import("./tasks/primes.ts")>(new URL("./tasks/primes.ts", import.meta.url))
const services = WorkerPool.services<typeof import("./tasks/services.ts")>(
  new URL("./tasks/services.ts", import.meta.url)
)

const program = Effect.gen(function*() {
  const counts = yield* Effect.all([tasks.countPrimes(10_000), tasks.countPrimes(20_000)], { concurrency: "unbounded" })
  yield* Console.log(`two at once: ${counts}`)

  yield* tasks.factors(0).pipe(
    Effect.catchTag("TooSmallError", ({ n }) => Console.log(`its own error: ${n} has no factors`))
  )

  const late = yield* tasks.countPrimes(Infinity).pipe(Effect.timeoutOption("50 millis"))
  yield* Console.log(`too late, so it was cancelled: ${Option.isNone(late)}`)

  const primes = yield* tasks.primes(1_000_000).pipe(Stream.take(3), Stream.runCollect)
  yield* Console.log(`a stream: ${primes}`)

  const pool = yield* ThreadPoolExecutor.make({ maxWorkers: 4 })
  const factors = yield* ThreadPoolExecutor.map(pool, [12, 360, 97], tasks.factors).pipe(Stream.runCollect)
  yield* Console.log(`an executor's map: ${factors.map((each) => each.join("*"))}`)

  yield* Console.log(`a service of the worker: ${yield* tasks.spell(3)}`)
}).pipe(Effect.scoped, ThreadGroup.supervise, Effect.provide(NodeWorkerPool.layer({ size: 2, services })))

// The same task elsewhere: the Layer is all that differs.
const factorsOf = (n: number) => Effect.map(tasks.factors(n), (factors) => factors.join("*"))
const elsewhere = Effect.gen(function*() {
  yield* Console.log(`in a process: ${yield* Effect.provide(factorsOf(60), NodeWorkerPool.layerProcess())}`)
  yield* Console.log(`in this OS thread: ${yield* Effect.provide(factorsOf(60), WorkerPool.layerInline())}`)
})
// #endregion tasks

program.pipe(Effect.andThen(elsewhere), NodeRuntime.runMain)

// Output:
// two at once: 1229,2262
// its own error: 0 has no factors
// too late, so it was cancelled: true
// a stream: 1000003,1000033,1000037
// an executor's map: 2*2*3,2*2*2*3*3*5,97
// a service of the worker: three
// in a process: 2*2*3*5
// in this OS thread: 2*2*3*5
