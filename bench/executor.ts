/** Executors: submitting and waiting, beside p-limit, p-queue and Effect.forEach, and how the cost grows with the futures. */
import { Effect, Stream } from "effect"
import { Future, ThreadGroup, ThreadPoolExecutor } from "effect-threading"
import pLimit from "p-limit"
import PQueue from "p-queue"
import { growth, type Row } from "./harness.ts"

const times = 1_000
const workers = 4

const withPool = <A, E>(
  use: (pool: ThreadPoolExecutor.ThreadPoolExecutor) => Effect.Effect<A, E, ThreadGroup.ThreadGroup>
) =>
  Effect.runPromise(
    ThreadPoolExecutor.make({ maxWorkers: workers }).pipe(
      Effect.flatMap(use),
      Effect.scoped,
      ThreadGroup.supervise
    )
  )

const submitAll = (n: number) =>
  withPool((pool) =>
    Effect.gen(function*() {
      let sum = 0
      const futures: Array<Future.Future<number>> = []
      const task = Effect.sync(() => 1)
      for (let i = 0; i < n; i++) futures.push(yield* ThreadPoolExecutor.submit(pool, task))
      for (const future of futures) sum += yield* Future.result(future)
      return sum
    })
  )

const limited = async (n: number) => {
  const limit = pLimit(workers)
  const results = await Promise.all(Array.from({ length: n }, () => limit(() => 1)))
  return results.reduce((a, b) => a + b, 0)
}

const queued = async (n: number) => {
  const queue = new PQueue({ concurrency: workers })
  const results = await Promise.all(Array.from({ length: n }, () => queue.add(async () => 1)))
  return results.reduce((a, b) => a + b, 0)
}

const forEach = (n: number) =>
  Effect.runPromise(
    Effect.map(
      Effect.forEach(Array.from({ length: n }), () => Effect.sync(() => 1), { concurrency: workers }),
      (results) => results.reduce((a, b) => a + b, 0)
    )
  )

const yielding = Effect.as(Effect.yieldNow, 1)

export const rows: ReadonlyArray<Row> = [
  {
    name: "submit 1,000 and take their results",
    unit: "ns/op",
    ours: () => submitAll(times),
    peers: {
      "p-limit": () => limited(times),
      "p-queue": () => queued(times),
      "Effect.forEach": () => forEach(times)
    },
    check: (done) => done === times,
    target: { against: "p-limit", max: 1 }
  },
  {
    name: "submit and result, one at a time",
    unit: "ns/op",
    ours: () =>
      withPool((pool) =>
        Effect.gen(function*() {
          let sum = 0
          for (let i = 0; i < times; i++) sum += yield* Future.result(yield* ThreadPoolExecutor.submit(pool, yielding))
          return sum
        })
      ),
    peers: {
      "p-limit": async () => {
        const limit = pLimit(workers)
        let sum = 0
        for (let i = 0; i < times; i++) {
          sum += await limit(async () => {
            await new Promise(setImmediate)
            return 1
          })
        }
        return sum
      }
    },
    check: (done) => done === times,
    target: { against: "p-limit", max: 1 }
  },
  {
    name: "map 1,000 items",
    unit: "ns/op",
    ours: () =>
      withPool((pool) =>
        Stream.runFold(
          ThreadPoolExecutor.map(pool, Array.from({ length: times }), () => Effect.sync(() => 1)),
          () => 0,
          (sum, n) => sum + n
        )
      ),
    peers: { "p-limit": () => limited(times), "Effect.forEach": () => forEach(times) },
    check: (done) => done === times,
    target: { against: "p-limit", max: 2 }
  },
  growth({ name: "futures submitted at once", unit: "ns/op", run: submitAll, target: { from: 100, max: 1.44 } }),
  growth({
    name: "futures by asCompleted",
    unit: "ns/op",
    run: (n) =>
      withPool((pool) =>
        Effect.gen(function*() {
          const futures = yield* Effect.forEach(Array.from({ length: n }), () =>
            ThreadPoolExecutor.submit(pool, yielding))
          return yield* Stream.runFold(
            Stream.mapEffect(Future.asCompleted(futures), Future.result),
            () =>
              0,
            (sum, one) => sum + one
          )
        })
      ),
    target: { from: 100, max: 1.44 }
  })
]
