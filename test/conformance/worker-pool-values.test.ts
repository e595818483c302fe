import { assert, describe, it } from "@effect/vitest"
import { Cause, Effect, Exit } from "effect"
import { Future, Task, ThreadPoolExecutor } from "effect-threading"
import type { WorkerPool } from "effect-threading"
import { NodeWorkerPool } from "effect-threading/node"
import { inspect } from "node:util"
import { tasks as poolTasks } from "../pool/support.ts"
import { defectOf } from "../support/pool.ts"
import { processTimeout } from "../support/run.ts"
import { ValueError } from "./fixtures/tasks.ts"
import { Trap, trapped, unread } from "./fixtures/traps.ts"
import { inPool, quietly, reasonFor, tasks } from "./workers.ts"

const traps = Task.module<typeof import("./fixtures/traps.ts")>(new URL("./fixtures/traps.ts", import.meta.url), {
  classes: [Trap]
})

const classy = Task.module<typeof import("./fixtures/tasks.ts")>(new URL("./fixtures/tasks.ts", import.meta.url), {
  classes: [ValueError]
})

const one = { size: 1 }

/** Why the call has no result; another then has one. */
const reasonThen = <A, E>(
  executor: ThreadPoolExecutor.ThreadPoolExecutor,
  call: Effect.Effect<A, E, WorkerPool.WorkerPool>
) =>
  Effect.gen(function*() {
    const future = yield* ThreadPoolExecutor.submit(executor, call)
    const next = yield* ThreadPoolExecutor.submit(executor, tasks.abs(-1))
    const reason = yield* reasonFor(future)
    assert.strictEqual(yield* Future.result(next), 1)
    return reason
  })

describe("what a worker fails with", () => {
  it.live(
    "arrives with its class, its arguments and the stack that it had there [test_concurrent_futures.test_process_pool.ProcessPoolExecutorTest.test_traceback] [doc:WorkerPool.remote_error_fidelity]",
    () =>
      inPool(NodeWorkerPool.layer(one), () =>
        Effect.gen(function*() {
          const executor = yield* ThreadPoolExecutor.make()
          const future = yield* ThreadPoolExecutor.submit(executor, classy.fails(123, 456))
          const error = yield* Effect.catchTag(Future.result(future), "ValueError", Effect.succeed)
          assert.instanceOf(error, ValueError)
          assert.deepStrictEqual(error.args, [123, 456])
          const [first] = error.stack!.split("\n").filter((line) => line.includes("at "))
          assert.match(first!, /fixtures\/tasks\.ts/)
          assert.match(inspect(error), /ValueError: 123,456[^]*fixtures\/tasks\.ts/)
        })),
    processTimeout
  )

  it.live(
    "is itself and says where it was, or if it cannot cross a TaskError that says why [doc:3.14:InterpreterPool.error]",
    () =>
      inPool(NodeWorkerPool.layer(one), () =>
        Effect.gen(function*() {
          const executor = yield* ThreadPoolExecutor.make()
          const future = yield* ThreadPoolExecutor.submit(executor, poolTasks.throws("no such thing"))
          const exit = yield* Future.exit(future)
          assert(Exit.isFailure(exit))
          assert.match(Cause.pretty(exit.cause), /RangeError: no such thing[^]*at task tasks\.throws/)

          const reason = yield* reasonThen(executor, tasks.failsOddly())
          assert(reason._tag === "Unserializable")
          assert.include(reason.path, "retry")
        })),
    processTimeout
  )

  it.live(
    "is nobody else's: the pool goes on [test_concurrent_futures.test_deadlock.ExecutorDeadlockTest.test_error_during_func_exec_on_worker]",
    () =>
      inPool(NodeWorkerPool.layer(one), () =>
        Effect.gen(function*() {
          const executor = yield* ThreadPoolExecutor.make()
          const future = yield* ThreadPoolExecutor.submit(executor, poolTasks.throws("in the function"))
          const defect = yield* defectOf(Future.result(future))
          assert.instanceOf(defect, RangeError)
          assert.strictEqual((defect as RangeError).message, "in the function")
          const next = yield* ThreadPoolExecutor.submit(executor, tasks.abs(-1))
          assert.strictEqual(yield* Future.result(next), 1)
        })),
    processTimeout
  )
})

describe("values that cross", () => {
  it.live(
    "are copies: what a task does with them is not seen here [doc:3.14:InterpreterPool.copying]",
    () =>
      inPool(NodeWorkerPool.layer(one), () =>
        Effect.gen(function*() {
          const executor = yield* ThreadPoolExecutor.make()
          const sent = [1, 2, 3]
          const future = yield* ThreadPoolExecutor.submit(executor, poolTasks.changes(sent))
          assert.deepStrictEqual(yield* Future.result(future), [3, 2, 1])
          assert.deepStrictEqual(sent, [1, 2, 3])
        })),
    processTimeout
  )

  it.live(
    "fail the one call whose argument cannot be sent [test_concurrent_futures.test_deadlock.ExecutorDeadlockTest.test_error_at_task_pickle]",
    () =>
      inPool(NodeWorkerPool.layer(one), () =>
        Effect.gen(function*() {
          const executor = yield* ThreadPoolExecutor.make()
          const reason = yield* reasonThen(executor, traps.takes(unread("throws")))
          assert(reason._tag === "Unserializable")
          assert.match(reason.message, /field.*throws RangeError: trapped/)
          yield* ThreadPoolExecutor.shutdown(executor)
        })),
    processTimeout
  )

  it.live(
    "are no functions: submit takes such a call, and its future fails [doc:WorkerPool.unserializable_function]",
    () =>
      inPool(NodeWorkerPool.layer(one), () =>
        Effect.gen(function*() {
          const executor = yield* ThreadPoolExecutor.make()
          const reason = yield* reasonThen(executor, traps.takes(() => 1))
          assert(reason._tag === "Unserializable")
          assert.strictEqual(reason.found, "a function")
        })),
    processTimeout
  )

  it.live(
    "that throw where the worker takes them in fail the call, and only that [test_concurrent_futures.test_deadlock.ExecutorDeadlockTest.test_error_at_task_unpickle]",
    () =>
      inPool(NodeWorkerPool.layer(one), () =>
        Effect.gen(function*() {
          const executor = yield* ThreadPoolExecutor.make()
          const future = yield* ThreadPoolExecutor.submit(executor, traps.takesTraps(trapped("throws")))
          assert.match(String(yield* defectOf(Future.result(future))), /RangeError: trapped/)
          const next = yield* ThreadPoolExecutor.submit(executor, tasks.abs(-1))
          assert.strictEqual(yield* Future.result(next), 1)
        })),
    processTimeout
  )

  it.live(
    "that end the worker, where it takes them in or gives them out, fail the call with its exit code [test_concurrent_futures.test_deadlock.ExecutorDeadlockTest.test_exit_at_task_unpickle] [test_concurrent_futures.test_deadlock.ExecutorDeadlockTest.test_exit_during_result_pickle_on_worker]",
    () =>
      quietly(inPool(NodeWorkerPool.layer(one), () =>
        Effect.gen(function*() {
          const executor = yield* ThreadPoolExecutor.make({ maxWorkers: 1 })
          for (const call of [traps.takesTraps(trapped("exits")), traps.unread("exits")]) {
            const reason = yield* reasonThen<unknown, unknown>(executor, call)
            assert(reason._tag === "Exited")
            assert.strictEqual(reason.exitCode, 5)
          }
        }))),
    processTimeout
  )

  it.live(
    "that crash the worker, where it takes them in or gives them out, fail the call [test_concurrent_futures.test_deadlock.ExecutorDeadlockTest.test_crash_at_task_unpickle] [test_concurrent_futures.test_deadlock.ExecutorDeadlockTest.test_crash_during_result_pickle_on_worker]",
    () =>
      quietly(inPool(NodeWorkerPool.layerProcess(one), () =>
        Effect.gen(function*() {
          const executor = yield* ThreadPoolExecutor.make({ maxWorkers: 1 })
          for (const call of [traps.takesTraps(trapped("aborts")), traps.unread("aborts")]) {
            const reason = yield* reasonThen<unknown, unknown>(executor, call)
            assert(reason._tag === "Exited")
            assert.strictEqual(reason.signal, "SIGABRT")
          }
        }))),
    processTimeout
  )

  it.live(
    "fail the call whose result cannot be sent [test_concurrent_futures.test_deadlock.ExecutorDeadlockTest.test_error_during_result_pickle_on_worker]",
    () =>
      inPool(NodeWorkerPool.layer(one), () =>
        Effect.gen(function*() {
          const executor = yield* ThreadPoolExecutor.make()
          const reason = yield* reasonThen(executor, traps.unread("throws"))
          assert(reason._tag === "Unserializable")
          assert.match(reason.message, /result.*field.*throws RangeError: trapped/)
        })),
    processTimeout
  )

  it.live(
    "that throw whatever where a result is taken in fail the call, and only that [test_concurrent_futures.test_deadlock.ExecutorDeadlockTest.test_error_during_result_unpickle_in_result_handler] [test_concurrent_futures.test_deadlock.ExecutorDeadlockTest.test_exit_during_result_unpickle_in_result_handler]",
    () =>
      inPool(NodeWorkerPool.layer(one), () =>
        Effect.gen(function*() {
          const executor = yield* ThreadPoolExecutor.make()
          for (const [deed, thrown] of [["throws", /RangeError: trapped/], ["throws no error", /^trapped$/]] as const) {
            const future = yield* ThreadPoolExecutor.submit(executor, traps.trapped(deed))
            assert.match(String(yield* defectOf(Future.result(future))), thrown)
            const next = yield* ThreadPoolExecutor.submit(executor, tasks.abs(-1))
            assert.strictEqual(yield* Future.result(next), 1)
          }
        })),
    processTimeout
  )
})
