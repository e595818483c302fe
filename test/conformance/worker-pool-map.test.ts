import { assert, describe, it } from "@effect/vitest"
import { Effect, Stream } from "effect"
import { ThreadPoolExecutor, WorkerPool } from "effect-threading"
import { NodeWorkerPool } from "effect-threading/node"
import { defectOf } from "../support/pool.ts"
import { processTimeout } from "../support/run.ts"
import { inPool, quietly, tasks, workersNow } from "./workers.ts"

const numbers = [-5, -4, -3, -2, -1, 0, 1, 2, 3, 4]

describe("a map of tasks", () => {
  it.live(
    "has the same results in order, however far ahead it submits; there are no chunks to tune [test_concurrent_futures.test_process_pool.ProcessPoolExecutorTest.test_map_chunksize]",
    () =>
      inPool(NodeWorkerPool.layer({ size: 2 }), () =>
        Effect.gen(function*() {
          const executor = yield* ThreadPoolExecutor.make({ maxWorkers: 2 })
          const bases = Array.from({ length: 40 }, (_, n) => BigInt(n))
          const powers = (bufferSize: number) =>
            Stream.runCollect(ThreadPoolExecutor.map(executor, bases, (n) => tasks.pow(n, n), { bufferSize }))
          for (const bufferSize of [6, 50, 40]) {
            assert.deepStrictEqual(yield* powers(bufferSize), bases.map((n) => n ** n))
          }
          assert.instanceOf(yield* defectOf(powers(-1)), ThreadPoolExecutor.InvalidWorkersError)
        })),
    processTimeout
  )

  it.live(
    "takes bufferSize items in advance, each a task of its own [doc:3.14:WorkerPool.map_buffersize_counts_chunks]",
    () =>
      inPool(NodeWorkerPool.layer({ size: 1 }), () =>
        Effect.gen(function*() {
          const executor = yield* ThreadPoolExecutor.make({ maxWorkers: 1 })
          let taken = 0
          const items = (function*() {
            for (const n of numbers) {
              taken++
              yield n
            }
          })()
          const pull = yield* Stream.toPull(ThreadPoolExecutor.map(executor, items, tasks.abs, { bufferSize: 3 }))
          yield* ThreadPoolExecutor.submit(executor, Effect.void)
          assert.strictEqual(taken, 3)
          assert.deepStrictEqual(yield* pull, [5])
          assert.strictEqual(taken, 4)
        })),
    processTimeout
  )

  it.live(
    "is done when its pool's scope ends, and so are all workers [test_concurrent_futures.test_shutdown.ProcessPoolShutdownTest.test_context_manager_shutdown]",
    () =>
      inPool(NodeWorkerPool.layer({ size: 5 }), (close) =>
        Effect.gen(function*() {
          const results = yield* Effect.scoped(Effect.gen(function*() {
            const executor = yield* ThreadPoolExecutor.make({ maxWorkers: 5 })
            return yield* Stream.runCollect(ThreadPoolExecutor.map(executor, numbers, tasks.abs))
          }))
          assert.deepStrictEqual(results, [5, 4, 3, 2, 1, 0, 1, 2, 3, 4])
          assert.isAbove(yield* workersNow, 0)
          yield* close
          assert.strictEqual(yield* workersNow, 0)
        })),
    processTimeout
  )

  it.live(
    "survives a shutdown without wait, after which the workers end [test_concurrent_futures.test_shutdown.ProcessPoolShutdownTest.test_shutdown_no_wait]",
    () =>
      inPool(NodeWorkerPool.layer({ size: 5 }), (close) =>
        Effect.gen(function*() {
          const executor = yield* ThreadPoolExecutor.make({ maxWorkers: 5 })
          const pull = yield* Stream.toPull(ThreadPoolExecutor.map(executor, numbers, tasks.abs))
          yield* ThreadPoolExecutor.shutdown(executor, { wait: false })
          const results = yield* Stream.runCollect(Stream.fromPull(Effect.succeed(pull)))
          assert.deepStrictEqual(results, [5, 4, 3, 2, 1, 0, 1, 2, 3, 4])
          yield* close
          assert.strictEqual(yield* workersNow, 0)
        })),
    processTimeout
  )

  it.live(
    "fails when workers die of what they are sent, however much that is, and shutdown returns [test_concurrent_futures.test_deadlock.ExecutorDeadlockTest.test_crash_big_data]",
    () =>
      quietly(inPool(NodeWorkerPool.layerProcess({ size: 2 }), () =>
        Effect.gen(function*() {
          const executor = yield* ThreadPoolExecutor.make({ maxWorkers: 2 })
          const chunks = Array.from({ length: 10 }, () => new Uint8Array(1024 * 1024))
          const error = yield* Effect.flip(
            Stream.runCollect(ThreadPoolExecutor.map(executor, chunks, tasks.exitsWith))
          )
          assert.instanceOf(error, WorkerPool.TaskError)
          assert.strictEqual(error.reason._tag, "Exited")
          yield* ThreadPoolExecutor.shutdown(executor)
        }))),
    processTimeout
  )
})
