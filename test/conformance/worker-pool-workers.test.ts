import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { Future, ThreadPoolExecutor, WorkerPool } from "effect-threading"
import { NodeWorkerPool } from "effect-threading/node"
import { availableParallelism } from "node:os"
import { linesOf } from "../pool/fixtures/log.ts"
import { tasks as poolTasks } from "../pool/support.ts"
import { defectOf } from "../support/pool.ts"
import { processTimeout } from "../support/run.ts"
import { make, release } from "./fixtures/semaphore.ts"
import { acquires } from "./fixtures/tasks.ts"
import { inPool, services, servicesFolder, tasks, untilArrived, workersNow } from "./workers.ts"

const { InvalidPoolOptionError } = WorkerPool

/** Two calls that are at work at once, so on two workers. */
const onBoth = Effect.gen(function*() {
  const semaphore = make()
  const executor = yield* ThreadPoolExecutor.make({ maxWorkers: 2 })
  const futures = yield* Effect.replicateEffect(ThreadPoolExecutor.submit(executor, tasks.acquires(semaphore)), 2)
  yield* untilArrived(semaphore, 2)
  release(semaphore, 2)
  return (yield* Effect.forEach(futures, Future.result)).toSorted((one, other) => one.thread - other.thread)
})

describe("the workers of a pool", () => {
  it.live("are at most as many as the machine runs at once [doc:WorkerPool.default_max_workers]", () =>
    inPool(NodeWorkerPool.layer(), () =>
      Effect.gen(function*() {
        const { size } = yield* WorkerPool.stats
        assert.strictEqual(size, availableParallelism())
      })))

  it.live(
    "are started by submit, not by the making of the pool [doc:WorkerPool.no_workers_before_submit]",
    () =>
      inPool(NodeWorkerPool.layer({ size: 2 }), () =>
        Effect.gen(function*() {
          const executor = yield* ThreadPoolExecutor.make()
          assert.strictEqual(yield* workersNow, 0)
          const future = yield* ThreadPoolExecutor.submit(executor, tasks.abs(-1))
          assert.strictEqual(yield* Future.result(future), 1)
          assert.strictEqual(yield* workersNow, 1)
        })),
    processTimeout
  )

  it.live(
    "are never more than the pool's size, however many tasks block [test_concurrent_futures.test_process_pool.ProcessPoolExecutorTest.test_saturation]",
    () =>
      inPool(NodeWorkerPool.layer({ size: 3 }), () =>
        Effect.gen(function*() {
          const semaphore = make()
          const executor = yield* ThreadPoolExecutor.make({ maxWorkers: 45 })
          const futures = yield* Effect.replicateEffect(
            ThreadPoolExecutor.submit(executor, tasks.acquires(semaphore)),
            45
          )
          yield* untilArrived(semaphore, 3)
          assert.strictEqual(yield* workersNow, 3)
          release(semaphore, 45)
          const answers = yield* Effect.forEach(futures, Future.result)
          assert.strictEqual(new Set(answers.map(({ thread }) => thread)).size, 3)
          assert.strictEqual(yield* workersNow, 3)
        })),
    processTimeout
  )

  it.live(
    "are one for tasks that come one after the other [test_concurrent_futures.test_process_pool.ProcessPoolExecutorTest.test_idle_process_reuse_one]",
    () =>
      inPool(NodeWorkerPool.layer({ size: 5 }), () =>
        Effect.gen(function*() {
          const executor = yield* ThreadPoolExecutor.make({ maxWorkers: 5 })
          for (const [a, b] of [[21, 2], [33, 25], [25, 26]] as const) {
            const future = yield* ThreadPoolExecutor.submit(executor, poolTasks.add(a, b))
            assert.strictEqual(yield* Future.result(future), a + b)
          }
          assert.strictEqual(yield* workersNow, 1)
        })),
    processTimeout
  )

  it.live(
    "are only as many as there are tasks at once [test_concurrent_futures.test_process_pool.ProcessPoolExecutorTest.test_idle_process_reuse_multiple]",
    () =>
      inPool(NodeWorkerPool.layer({ size: 5 }), () =>
        Effect.gen(function*() {
          const executor = yield* ThreadPoolExecutor.make({ maxWorkers: 5 })
          for (const n of [12, 25, 1]) {
            const awaited = yield* ThreadPoolExecutor.submit(executor, poolTasks.add(n, 7))
            assert.strictEqual(yield* Future.result(awaited), n + 7)
            yield* ThreadPoolExecutor.submit(executor, poolTasks.add(n, 8))
          }
          assert.isAtMost(yield* workersNow, 3)
        })),
    processTimeout
  )

  it.live(
    "that are slow to start hold up no submit, and lose nothing [test_concurrent_futures.test_deadlock.ExecutorDeadlockTest.test_gh105829_should_not_deadlock_if_wakeup_pipe_full]",
    () =>
      Effect.scoped(Effect.gen(function*() {
        const { open, path } = yield* servicesFolder
        yield* inPool(NodeWorkerPool.layer({ size: 1, services }), () =>
          Effect.gen(function*() {
            const executor = yield* ThreadPoolExecutor.make({ maxWorkers: 100 })
            const futures = yield* Effect.forEach(
              Array.from({ length: 100 }, (_, n) => n),
              (n) => ThreadPoolExecutor.submit(executor, poolTasks.add(n, n))
            )
            assert.deepStrictEqual(yield* Effect.filter(futures, Future.isDone), [])
            yield* open("go")
            const sums = yield* Effect.forEach(futures, Future.result)
            assert.deepStrictEqual(sums, Array.from({ length: 100 }, (_, n) => 2 * n))
            assert.strictEqual(linesOf(path).length, 1)
          }))
      })),
    processTimeout
  )
})

describe("maxTasksPerWorker", () => {
  it.live(
    "replaces a worker after so many tasks [test_concurrent_futures.test_process_pool.ProcessPoolExecutorTest.test_max_tasks_per_child]",
    () =>
      inPool(NodeWorkerPool.layer({ size: 1, maxTasksPerWorker: 3 }), () =>
        Effect.gen(function*() {
          const executor = yield* ThreadPoolExecutor.make({ maxWorkers: 1 })
          const semaphore = make()
          release(semaphore, 4)
          const futures = yield* Effect.replicateEffect(
            ThreadPoolExecutor.submit(executor, tasks.acquires(semaphore)),
            4
          )
          const threads = (yield* Effect.forEach(futures, Future.result)).map(({ thread }) => thread)
          assert.deepStrictEqual(threads.slice(0, 3), Array.from({ length: 3 }, () => threads[0]))
          assert.notStrictEqual(threads[3], threads[0])
          assert.strictEqual(yield* workersNow, 1)
        })),
    processTimeout
  )

  it.live(
    "loses no task that was submitted before a shutdown [test_concurrent_futures.test_process_pool.ProcessPoolExecutorTest.test_max_tasks_early_shutdown]",
    () =>
      inPool(NodeWorkerPool.layer({ size: 3, maxTasksPerWorker: 1 }), () =>
        Effect.gen(function*() {
          const executor = yield* ThreadPoolExecutor.make({ maxWorkers: 3 })
          const futures = yield* Effect.forEach(
            [0, 1, 2, 3, 4, 5],
            (n) => ThreadPoolExecutor.submit(executor, poolTasks.add(n, n))
          )
          yield* ThreadPoolExecutor.shutdown(executor)
          assert.deepStrictEqual(yield* Effect.forEach(futures, Future.result), [0, 2, 4, 6, 8, 10])
        })),
    processTimeout
  )

  it.live("is a whole number from 1: any other dies, and what is no number does not compile [doc:WorkerPool.max_tasks_validation]", () =>
    Effect.gen(function*() {
      for (const maxTasksPerWorker of [0, -1, 1.5]) {
        const defect = yield* defectOf(inPool(NodeWorkerPool.layer({ maxTasksPerWorker }), () => Effect.void))
        assert.instanceOf(defect, InvalidPoolOptionError)
        assert.match(String(defect), /maxTasksPerWorker must be a whole number from 1/)
      }
      // @ts-expect-error -- not a number
      assert.isFunction(() => NodeWorkerPool.layer({ maxTasksPerWorker: "3" }))
    }))
})

describe("an executor over a pool of threads", () => {
  it.live(
    "is an executor as any, each worker a thread that is isolated from others [doc:3.14:InterpreterPool.is_thread_pool]",
    () =>
      Effect.scoped(Effect.gen(function*() {
        const { lines, open } = yield* servicesFolder
        yield* open("go")
        yield* inPool(NodeWorkerPool.layer({ size: 2, services }), () =>
          Effect.gen(function*() {
            const threadNamePrefix = "InterpreterPoolExecutor"
            const executor = yield* ThreadPoolExecutor.make({
              maxWorkers: 2,
              threadNamePrefix,
              initializer: Effect.void
            })
            const future = yield* ThreadPoolExecutor.submit(executor, poolTasks.threadName())
            assert.strictEqual(yield* Future.result(future), "InterpreterPoolExecutor_0")
            const [one, other] = yield* onBoth
            assert.isBelow(one!.thread, other!.thread)
            // What each prepares for its tasks, as an initializer does.
            assert.deepStrictEqual(yield* lines, [`opens in ${process.pid}`, `opens in ${process.pid}`])
          }))
      })),
    processTimeout
  )

  it.live(
    "has the modules of each worker apart, and for all its tasks [doc:3.14:InterpreterPool.isolation]",
    () =>
      inPool(NodeWorkerPool.layer({ size: 2 }), () =>
        Effect.gen(function*() {
          const first = yield* onBoth
          const second = yield* onBoth
          assert.deepStrictEqual(first.map(({ calls }) => calls), [1, 1])
          assert.deepStrictEqual(second.map(({ calls }) => calls), [2, 2])
          assert.deepStrictEqual(second.map(({ thread }) => thread), first.map(({ thread }) => thread))
          const own = make()
          release(own, 1)
          assert.strictEqual(acquires(own).calls, 1)
        })),
    processTimeout
  )
})
