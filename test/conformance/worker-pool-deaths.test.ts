import { assert, describe, it } from "@effect/vitest"
import { Effect, Schedule, Stream } from "effect"
import { Future, ThreadPoolExecutor, WorkerPool } from "effect-threading"
import { NodeWorkerPool } from "effect-threading/node"
import { deaths } from "../pool/cases/deaths.ts"
import { logged } from "../support/pool.ts"
import { processTimeout } from "../support/run.ts"
import { inPool, quietly, reasonFor, services, servicesFolder, tasks, workersNow } from "./workers.ts"

const { TaskError } = WorkerPool

const once = { size: 1, respawn: Schedule.recurs(0) }

/** A worker dies of a task, whose future tells why; the pool goes on. */
const dies = (task: Effect.Effect<number, WorkerPool.TaskError, WorkerPool.WorkerPool>) =>
  Effect.gen(function*() {
    const executor = yield* ThreadPoolExecutor.make({ maxWorkers: 1 })
    const future = yield* ThreadPoolExecutor.submit(executor, task)
    const next = yield* ThreadPoolExecutor.submit(executor, tasks.abs(-1))
    const reason = yield* reasonFor(future)
    assert(reason._tag === "Exited")
    assert.strictEqual(yield* Future.result(next), 1)
    return reason
  })

describe("a worker that dies under a task", () => {
  it.live(
    "fails its future: a crash with the signal [test_concurrent_futures.test_deadlock.ExecutorDeadlockTest.test_crash_during_func_exec_on_worker]",
    () =>
      quietly(inPool(NodeWorkerPool.layerProcess({ size: 1 }), () =>
        Effect.gen(function*() {
          const { signal } = yield* dies(deaths.aborts())
          assert.strictEqual(signal, "SIGABRT")
        }))),
    processTimeout
  )

  it.live(
    "fails its future: an exit with its code [test_concurrent_futures.test_deadlock.ExecutorDeadlockTest.test_exit_during_func_exec_on_worker]",
    () =>
      quietly(inPool(NodeWorkerPool.layer({ size: 1 }), () =>
        Effect.gen(function*() {
          const { exitCode } = yield* dies(deaths.exits(7))
          assert.strictEqual(exitCode, 7)
        }))),
    processTimeout
  )
})

describe("services that fail to build", () => {
  it.live(
    "are logged, and fail what was submitted and what is later [doc:WorkerPool.initializer_failure] [doc:3.14:InterpreterPool.initializer_failure]",
    () =>
      logged((lines) =>
        Effect.scoped(Effect.gen(function*() {
          const { open } = yield* servicesFolder
          yield* Effect.forEach(["failing", "go"], open)
          yield* inPool(NodeWorkerPool.layer({ ...once, services }), () =>
            Effect.gen(function*() {
              const executor = yield* ThreadPoolExecutor.make({ maxWorkers: 3 })
              const futures = yield* Effect.replicateEffect(ThreadPoolExecutor.submit(executor, tasks.abs(-1)), 3)
              yield* Future.wait(futures)
              const later = yield* ThreadPoolExecutor.submit(executor, tasks.abs(-1))
              for (const future of [...futures, later]) {
                const why = yield* Future.result(future).pipe(
                  Effect.catchReason("TaskError", "SpawnFailed", ({ cause }) => Effect.succeed(String(cause)))
                )
                assert.match(String(why), /error in initializer/)
              }
              assert.match(lines.join("\n"), /^Warn .*error in initializer/m)
            }))
        }))
      ),
    processTimeout
  )

  it.live(
    "leave no worker, and release what they had acquired [test_concurrent_futures.test_init.FailingInitializerResourcesTest.test_spawn]",
    () =>
      quietly(Effect.scoped(Effect.gen(function*() {
        const { lines, open } = yield* servicesFolder
        yield* Effect.forEach(["failing", "go"], open)
        yield* inPool(NodeWorkerPool.layerProcess({ ...once, services }), (close) =>
          Effect.gen(function*() {
            const executor = yield* ThreadPoolExecutor.make({ maxWorkers: 1 })
            const future = yield* ThreadPoolExecutor.submit(executor, tasks.abs(-1))
            assert.strictEqual((yield* reasonFor(future))._tag, "SpawnFailed")
            yield* close
            assert.strictEqual(yield* workersNow, 0)
            const [opens, closes] = yield* lines
            assert.strictEqual(closes, "closes")
            assert.throws(() => process.kill(Number(opens!.split(" ").at(-1)), 0), /ESRCH/)
          }))
      }))),
    processTimeout
  )
})

describe("workers that cannot be started", () => {
  it.live(
    "fail a map, and a shutdown returns all the same [test_concurrent_futures.test_process_pool.ProcessPoolExecutorTest.test_python_finalization_error]",
    () =>
      quietly(
        inPool(NodeWorkerPool.layer({ ...once, worker: new URL("nowhere.js", import.meta.url) }), () =>
          Effect.gen(function*() {
            const executor = yield* ThreadPoolExecutor.make()
            const error = yield* Effect.flip(
              Stream.runCollect(ThreadPoolExecutor.map(executor, [0, 1, 2, 3, 4], tasks.abs))
            )
            assert.instanceOf(error, TaskError)
            assert.strictEqual(error.reason._tag, "SpawnFailed")
            yield* ThreadPoolExecutor.shutdown(executor)
          }))
      ),
    processTimeout
  )
})
