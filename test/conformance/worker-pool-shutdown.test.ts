import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { Future, Thread, ThreadPoolExecutor } from "effect-threading"
import { NodeWorkerPool } from "effect-threading/node"
import { deaths } from "../pool/cases/deaths.ts"
import { folder, tasks as poolTasks } from "../pool/support.ts"
import { untilRunning } from "../support/pool.ts"
import { processTimeout, run } from "../support/run.ts"
import { untilState } from "../support/threads.ts"
import { make, passedBy, release } from "./fixtures/semaphore.ts"
import { inPool, quietly, reasonFor, services, servicesFolder, tasks, untilArrived, workersNow } from "./workers.ts"

const { ExecutorShutdownError } = ThreadPoolExecutor

const program = new URL("programs/tasksAtExit.ts", import.meta.url)

describe("cancel", () => {
  it.live(
    "is false of a task that runs, and does not stop it [doc:WorkerPool.cancel_running]",
    () =>
      inPool(NodeWorkerPool.layer({ size: 1 }), () =>
        Effect.gen(function*() {
          const { open, path, told } = yield* folder
          const executor = yield* ThreadPoolExecutor.make()
          const future = yield* ThreadPoolExecutor.submit(executor, poolTasks.hold(path, "running"))
          yield* told("running begins")
          assert.isFalse(yield* Future.cancel(future))
          yield* open("running")
          assert.strictEqual(yield* Future.result(future), "running")
        })),
    processTimeout
  )

  it.live(
    "is false of what the executor has handed to the pool, though it waits there; interrupt takes it back [doc:WorkerPool.lookahead_not_cancellable]",
    () =>
      inPool(NodeWorkerPool.layer({ size: 1 }), () =>
        Effect.gen(function*() {
          const { lines, open, path, told } = yield* folder
          const executor = yield* ThreadPoolExecutor.make({ maxWorkers: 2 })
          const futures = yield* Effect.forEach(
            ["a", "b", "c", "d", "e", "f"],
            (name) => ThreadPoolExecutor.submit(executor, poolTasks.hold(path, name))
          )
          yield* told("a begins")
          yield* untilRunning(executor, 2)
          assert.deepStrictEqual(
            yield* Effect.forEach(futures, Future.cancel),
            [false, false, true, true, true, true]
          )
          yield* Future.interrupt(futures[1]!)
          yield* open("a")
          assert.strictEqual(yield* Future.result(futures[0]!), "a")
          yield* ThreadPoolExecutor.shutdown(executor)
          assert.deepStrictEqual(yield* lines, ["a begins", "a ends with Success"])
        })),
    processTimeout
  )
})

describe("shutdown", () => {
  it.live(
    "and the end of the pool end all workers, of which there are as many as there were tasks at once [test_concurrent_futures.test_shutdown.ProcessPoolShutdownTest.test_processes_terminate]",
    () =>
      inPool(NodeWorkerPool.layer({ size: 5 }), (close) =>
        Effect.gen(function*() {
          const semaphore = make()
          const executor = yield* ThreadPoolExecutor.make({ maxWorkers: 5 })
          yield* Effect.replicateEffect(ThreadPoolExecutor.submit(executor, tasks.acquires(semaphore)), 3)
          yield* untilArrived(semaphore, 3)
          assert.strictEqual(yield* workersNow, 3)
          release(semaphore, 3)
          yield* ThreadPoolExecutor.shutdown(executor)
          yield* close
          assert.strictEqual(yield* workersNow, 0)
          assert.strictEqual(passedBy(semaphore), 3)
        })),
    processTimeout
  )

  it.live(
    "returns also when a worker dies while it waits [test_concurrent_futures.test_deadlock.ExecutorDeadlockTest.test_shutdown_deadlock]",
    () =>
      quietly(inPool(NodeWorkerPool.layer({ size: 1 }), () =>
        Effect.gen(function*() {
          const semaphore = make()
          const executor = yield* ThreadPoolExecutor.make({ maxWorkers: 1 })
          const future = yield* ThreadPoolExecutor.submit(executor, tasks.exitsAfter(semaphore))
          yield* untilArrived(semaphore, 1)
          const waiting = yield* Thread.fork(ThreadPoolExecutor.shutdown(executor))
          yield* untilState(waiting, "Blocked")
          release(semaphore, 1)
          yield* Thread.join(waiting)
          assert.strictEqual((yield* reasonFor(future))._tag, "Exited")
        }))),
    processTimeout
  )

  it.live(
    "without wait after a call that cannot be sent ends all the same [test_concurrent_futures.test_deadlock.ExecutorDeadlockTest.test_shutdown_deadlock_pickle]",
    () =>
      inPool(NodeWorkerPool.layer({ size: 2 }), (close) =>
        Effect.gen(function*() {
          const executor = yield* ThreadPoolExecutor.make({ maxWorkers: 2 })
          const before = yield* ThreadPoolExecutor.submit(executor, tasks.abs(-1))
          assert.strictEqual(yield* Future.result(before), 1)
          const future = yield* ThreadPoolExecutor.submit(executor, poolTasks.same(() => 1))
          yield* ThreadPoolExecutor.shutdown(executor, { wait: false })
          assert.strictEqual((yield* reasonFor(future))._tag, "Unserializable")
          yield* ThreadPoolExecutor.shutdown(executor)
          yield* close
          assert.strictEqual(yield* workersNow, 0)
        })),
    processTimeout
  )

  it.live(
    "lets go of the process, and so does a pool that is closed [doc:WorkerPool.kwargs_shutdown_releases]",
    () =>
      Effect.gen(function*() {
        const ended = yield* run(program, { args: ["closes the pool"] })
        assert.deepStrictEqual(ended, { code: 0, stdout: "2,1,0,1\n0 workers\n", stderr: "" })
      }),
    processTimeout
  )

  it.live(
    "is not needed for a process to end: a pool that is dropped does not hold it [test_concurrent_futures.test_shutdown.ProcessPoolShutdownTest.test_del_shutdown]",
    () =>
      Effect.gen(function*() {
        const ended = yield* run(program, { args: ["drops the pool"] })
        assert.deepStrictEqual(ended, { code: 0, stdout: "2,1,0,1\n", stderr: "" })
      }),
    processTimeout
  )
})

describe("a pool that is closed by force", () => {
  it.live(
    "stops what waits, after its finalizers: what was pending is cancelled, and nothing is taken any more [doc:3.14:WorkerPool.terminate_workers]",
    () =>
      inPool(NodeWorkerPool.layer({ size: 1 }), (close) =>
        Effect.gen(function*() {
          const { lines, path, told } = yield* folder
          const executor = yield* ThreadPoolExecutor.make({ maxWorkers: 1 })
          const running = yield* ThreadPoolExecutor.submit(executor, poolTasks.hold(path, "running"))
          const pending = yield* ThreadPoolExecutor.submit(executor, poolTasks.hold(path, "pending"))
          yield* told("running begins")
          yield* ThreadPoolExecutor.shutdown(executor, { wait: false, cancelFutures: true })
          yield* close
          assert.strictEqual((yield* reasonFor(running))._tag, "Terminated")
          assert.isTrue(yield* Future.isCancelled(pending))
          assert.instanceOf(yield* Effect.flip(ThreadPoolExecutor.submit(executor, Effect.void)), ExecutorShutdownError)
          assert.deepStrictEqual(yield* lines, ["running begins", "running ends with Failure"])
        })),
    processTimeout
  )

  it.live(
    "kills what heeds nothing [doc:3.14:WorkerPool.kill_workers]",
    () =>
      inPool(NodeWorkerPool.layer({ size: 1, gracePeriod: 0 }), (close) =>
        Effect.gen(function*() {
          const semaphore = make()
          const executor = yield* ThreadPoolExecutor.make({ maxWorkers: 1 })
          const running = yield* ThreadPoolExecutor.submit(executor, tasks.acquires(semaphore))
          const pending = yield* ThreadPoolExecutor.submit(executor, tasks.acquires(semaphore))
          yield* untilArrived(semaphore, 1)
          yield* ThreadPoolExecutor.shutdown(executor, { wait: false, cancelFutures: true })
          yield* close
          release(semaphore, 2)
          assert.strictEqual((yield* reasonFor(running))._tag, "Terminated")
          assert.isTrue(yield* Future.isCancelled(pending))
          assert.instanceOf(yield* Effect.flip(ThreadPoolExecutor.submit(executor, Effect.void)), ExecutorShutdownError)
          assert.strictEqual(passedBy(semaphore), 0)
        })),
    processTimeout
  )

  it.live(
    "may have lost its worker before [doc:3.14:WorkerPool.force_shutdown_dead]",
    () =>
      quietly(inPool(NodeWorkerPool.layer({ size: 1, gracePeriod: 0 }), (close) =>
        Effect.gen(function*() {
          const executor = yield* ThreadPoolExecutor.make({ maxWorkers: 1 })
          const future = yield* ThreadPoolExecutor.submit(executor, deaths.exits(1))
          assert.strictEqual((yield* reasonFor(future))._tag, "Exited")
          yield* ThreadPoolExecutor.shutdown(executor, { wait: false, cancelFutures: true })
          yield* close
          assert.strictEqual(yield* workersNow, 0)
        }))),
    processTimeout
  )

  it.live("starts no worker if it had none [doc:3.14:WorkerPool.force_shutdown_unstarted]", () =>
    Effect.scoped(Effect.gen(function*() {
      const { lines } = yield* servicesFolder
      yield* inPool(NodeWorkerPool.layer({ size: 1, services, gracePeriod: 0 }), (close) =>
        Effect.gen(function*() {
          const executor = yield* ThreadPoolExecutor.make({ maxWorkers: 1 })
          yield* ThreadPoolExecutor.shutdown(executor, { wait: false, cancelFutures: true })
          yield* close
          assert.strictEqual(yield* workersNow, 0)
        }))
      assert.deepStrictEqual(yield* lines, [])
    })))
})
