import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, Fiber, Stream } from "effect"
import { Event, Future, Semaphore, Thread, ThreadGroup, ThreadPoolExecutor } from "effect-threading"
import { TestClock } from "effect/testing"
import { defectOf, inRegion, load, settle, threadsNamed, untilRunning } from "../support/pool.ts"

const { ExecutorShutdownError, ShutdownFromWorkerError } = ThreadPoolExecutor

const five = ThreadPoolExecutor.make({ maxWorkers: 5 })

/** Runs beside the test until it has ended, letting virtual time pass. */
const overTime = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.gen(function*() {
    const fiber = yield* Effect.forkChild(effect)
    for (let left = 100; left > 0 && fiber.pollUnsafe() === undefined; left--) {
      yield* settle
      yield* TestClock.adjust("100 millis")
    }
    assert.isDefined(fiber.pollUnsafe(), "it came to an end")
    return yield* Fiber.join(fiber)
  })

const submitSleeps = (pool: ThreadPoolExecutor.ThreadPoolExecutor, count: number) =>
  Effect.replicateEffect(ThreadPoolExecutor.submit(pool, Effect.sleep("100 millis")), count)

describe("after a shutdown", () => {
  it.effect("submit fails [test_concurrent_futures.test_shutdown.ExecutorShutdownTest.test_run_after_shutdown]", () =>
    inRegion(Effect.gen(function*() {
      const pool = yield* five
      yield* ThreadPoolExecutor.shutdown(pool)
      let ran = false
      const error = yield* Effect.flip(ThreadPoolExecutor.submit(pool, Effect.sync(() => ran = true)))
      assert.instanceOf(error, ExecutorShutdownError)
      yield* settle
      assert.isFalse(ran)
    })))

  it.effect("submit fails saying so [doc:Executor.shutdown_message]", () =>
    inRegion(Effect.gen(function*() {
      const pool = yield* ThreadPoolExecutor.make({ threadNamePrefix: "closed" })
      yield* ThreadPoolExecutor.shutdown(pool)
      const error = yield* Effect.flip(ThreadPoolExecutor.submit(pool, Effect.void))
      assert.match(error.message, /^closed cannot schedule new futures after shutdown/)
    })))

  it.effect("another one does nothing, however it is asked for [doc:Executor.shutdown_idempotent]", () =>
    inRegion(Effect.gen(function*() {
      const pool = yield* five
      const future = yield* ThreadPoolExecutor.submit(pool, Effect.succeed(1))
      for (const wait of [true, false, undefined]) {
        for (const cancelFutures of [false, true, undefined]) {
          yield* ThreadPoolExecutor.shutdown(pool, { wait, cancelFutures })
        }
      }
      assert.strictEqual(yield* Future.result(future), 1)
    })))
})

describe("shutdown", () => {
  it.effect("drops no queued work [test_concurrent_futures.test_shutdown.ExecutorShutdownTest.test_hang_issue12364]", () =>
    inRegion(Effect.gen(function*() {
      const pool = yield* five
      const futures = yield* submitSleeps(pool, 50)
      yield* overTime(ThreadPoolExecutor.shutdown(pool))
      for (const future of futures) assert.deepStrictEqual(yield* Effect.exit(Future.result(future)), Exit.void)
    })))

  it.effect("with cancelFutures cancels what is queued and returns when the rest is done [test_concurrent_futures.test_shutdown.ExecutorShutdownTest.test_cancel_futures]", () =>
    inRegion(Effect.gen(function*() {
      const pool = yield* five
      const futures = yield* submitSleeps(pool, 50)
      yield* untilRunning(pool, 5)
      yield* overTime(ThreadPoolExecutor.shutdown(pool, { cancelFutures: true }))
      const cancelled = yield* Effect.filter(futures, Future.isCancelled)
      assert.isAbove(cancelled.length, 20)
      assert.isBelow(cancelled.length, 50)
      for (const future of futures) {
        assert.isTrue(yield* Future.isDone(future))
        if (!cancelled.includes(future)) assert.deepStrictEqual(yield* Future.exit(future), Exit.void)
      }
    })))

  it.effect("with cancelFutures never cancels what runs, and waits for it [doc:Executor.shutdown_cancel_futures_running]", () =>
    inRegion(Effect.gen(function*() {
      const pool = yield* ThreadPoolExecutor.make({ maxWorkers: 1 })
      const gate = yield* Event.make()
      const running = yield* ThreadPoolExecutor.submit(pool, Effect.as(Event.wait(gate), "finished"))
      yield* untilRunning(pool, 1)
      const queued = yield* ThreadPoolExecutor.submit(pool, Effect.void)
      const shutdown = yield* Effect.forkChild(ThreadPoolExecutor.shutdown(pool, { cancelFutures: true }))
      yield* settle
      assert.isUndefined(shutdown.pollUnsafe())
      assert.isTrue(yield* Future.isCancelled(queued))
      assert.isTrue(yield* Future.isRunning(running))
      yield* Event.set(gate)
      yield* Fiber.join(shutdown)
      assert.strictEqual(yield* Future.result(running), "finished")
    })))

  it.effect("with cancelFutures wakes those who wait for what it cancels [doc:Executor.shutdown_cancelled_not_notified]", () =>
    inRegion(Effect.gen(function*() {
      const pool = yield* ThreadPoolExecutor.make({ maxWorkers: 1 })
      const gate = yield* Event.make()
      yield* ThreadPoolExecutor.submit(pool, Event.wait(gate))
      yield* untilRunning(pool, 1)
      const queued = yield* ThreadPoolExecutor.submit(pool, Effect.void)
      const waiters = yield* Effect.forEach([
        Future.wait([queued]),
        Stream.runCollect(Future.asCompleted([queued])),
        Effect.flip(Future.result(queued))
      ], (waiting) => Effect.forkChild(waiting as Effect.Effect<unknown, unknown>))
      yield* settle
      yield* ThreadPoolExecutor.shutdown(pool, { wait: false, cancelFutures: true })
      yield* settle
      assert.isTrue(yield* Future.isDone(queued))
      assert.isTrue(yield* Future.isCancelled(queued))
      const [waited, completed, error] = yield* Effect.forEach(waiters, Fiber.join)
      assert.deepStrictEqual(waited, { done: [queued], notDone: [] })
      assert.deepStrictEqual(completed, [queued])
      assert.instanceOf(error, Future.CancelledError)
      yield* Event.set(gate)
    })))

  it.effect("does not wait for a task that was cancelled at once [test_concurrent_futures.test_shutdown.ExecutorShutdownTest.test_hang_gh94440]", () =>
    inRegion(Effect.gen(function*() {
      for (const isFirst of [true, false]) {
        const pool = yield* ThreadPoolExecutor.make({ maxWorkers: 1 })
        if (!isFirst) yield* ThreadPoolExecutor.submit(pool, Effect.sleep("1 second"))
        const future = yield* ThreadPoolExecutor.submit(pool, Effect.void)
        yield* Future.cancel(future)
        yield* overTime(ThreadPoolExecutor.shutdown(pool))
        assert.isTrue(yield* Future.isDone(future))
      }
    })))

  it.effect("without wait returns at once; what is queued still runs, and nothing is taken [doc:Executor.shutdown_wait_false]", () =>
    inRegion(Effect.gen(function*() {
      const pool = yield* ThreadPoolExecutor.make({ maxWorkers: 1 })
      const gate = yield* Event.make()
      const running = yield* ThreadPoolExecutor.submit(pool, Effect.as(Event.wait(gate), "first"))
      const queued = yield* ThreadPoolExecutor.submit(pool, Effect.succeed("second"))
      yield* ThreadPoolExecutor.shutdown(pool, { wait: false })
      assert.isFalse(yield* Future.isDone(running))
      assert.instanceOf(yield* Effect.flip(ThreadPoolExecutor.submit(pool, Effect.void)), ExecutorShutdownError)
      yield* Event.set(gate)
      assert.deepStrictEqual([yield* Future.result(running), yield* Future.result(queued)], ["first", "second"])
    })))

  it.effect("without wait, right after a map, loses none of its results, and the workers end by themselves [test_concurrent_futures.test_shutdown.ThreadPoolShutdownTest.test_shutdown_no_wait]", () =>
    inRegion(Effect.gen(function*() {
      const pool = yield* ThreadPoolExecutor.make({ maxWorkers: 5, threadNamePrefix: "unwaited" })
      const pull = yield* Stream.toPull(
        ThreadPoolExecutor.map(pool, [-5, -4, -3, -2, -1, 0, 1, 2, 3, 4], (n) => Effect.sync(() => Math.abs(n)))
      )
      const workers = yield* threadsNamed("unwaited_")
      yield* ThreadPoolExecutor.shutdown(pool, { wait: false })
      for (const worker of workers) yield* Thread.join(worker)
      assert.deepStrictEqual(yield* threadsNamed("unwaited_"), [])
      assert.deepStrictEqual(yield* pull, [5, 4, 3, 2, 1, 0, 1, 2, 3, 4])
    })))

  it.effect("ends the workers, of which there are as many as tasks at once [test_concurrent_futures.test_shutdown.ThreadPoolShutdownTest.test_threads_terminate]", () =>
    inRegion(Effect.gen(function*() {
      const pool = yield* ThreadPoolExecutor.make({ maxWorkers: 5, threadNamePrefix: "terminated" })
      const semaphore = yield* Semaphore.make(0)
      yield* Effect.replicateEffect(ThreadPoolExecutor.submit(pool, Semaphore.acquire(semaphore)), 3)
      yield* untilRunning(pool, 3)
      const workers = yield* threadsNamed("terminated_")
      assert.strictEqual(workers.length, 3)
      yield* Semaphore.release(semaphore, 3)
      yield* ThreadPoolExecutor.shutdown(pool)
      assert.deepStrictEqual(yield* Effect.forEach(workers, Thread.isAlive), [false, false, false])
    })))

  it.effect("from one of its own tasks dies if it waits, and is allowed if not [doc:Executor.shutdown_from_worker]", () =>
    inRegion(Effect.gen(function*() {
      const pool = yield* five
      const waiting = yield* ThreadPoolExecutor.submit(pool, ThreadPoolExecutor.shutdown(pool))
      const defect = yield* defectOf(Future.result(waiting))
      assert.instanceOf(defect, ShutdownFromWorkerError)
      assert.match((defect as Error).message, /would wait for its own end/)

      const other = yield* five
      const asking = yield* ThreadPoolExecutor.submit(
        other,
        Effect.as(ThreadPoolExecutor.shutdown(other, { wait: false }), "asked")
      )
      assert.strictEqual(yield* Future.result(asking), "asked")
      assert.instanceOf(yield* Effect.flip(ThreadPoolExecutor.submit(other, Effect.void)), ExecutorShutdownError)
      yield* ThreadPoolExecutor.shutdown(other)
    })))
})

describe("the scope of an executor", () => {
  it.effect("has ended the workers when it has closed [test_concurrent_futures.test_shutdown.ThreadPoolShutdownTest.test_context_manager_shutdown]", () =>
    inRegion(Effect.gen(function*() {
      const { results, workers } = yield* Effect.scoped(Effect.gen(function*() {
        const pool = yield* ThreadPoolExecutor.make({ maxWorkers: 5, threadNamePrefix: "scoped" })
        const results = yield* Stream.runCollect(
          ThreadPoolExecutor.map(pool, [-5, -4, -3, -2, -1, 0, 1, 2, 3, 4], (n) => Effect.sync(() => Math.abs(n)))
        )
        return { results, workers: yield* threadsNamed("scoped_") }
      }))
      assert.deepStrictEqual(results, [5, 4, 3, 2, 1, 0, 1, 2, 3, 4])
      assert.isAbove(workers.length, 0)
      assert.isFalse((yield* Effect.forEach(workers, Thread.isAlive)).some(Boolean))
    })))

  it.effect("does what shutdown does where nobody calls it [test_concurrent_futures.test_shutdown.ThreadPoolShutdownTest.test_del_shutdown]", () =>
    inRegion(Effect.gen(function*() {
      const done: Array<number> = []
      const items = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]
      yield* overTime(Effect.scoped(Effect.gen(function*() {
        const pool = yield* ThreadPoolExecutor.make({ maxWorkers: 5, threadNamePrefix: "dropped" })
        yield* Effect.forEach(
          items,
          (n) =>
            ThreadPoolExecutor.submit(pool, Effect.andThen(Effect.sleep("100 millis"), Effect.sync(() => done.push(n))))
        )
      })))
      assert.sameMembers(done, items)
      assert.deepStrictEqual(yield* threadsNamed("dropped_"), [])
    })))

  it.effect("closing cancels nothing: what is queued is done first [doc:Executor.scope_does_not_cancel]", () =>
    inRegion(Effect.gen(function*() {
      const futures = yield* overTime(Effect.scoped(Effect.gen(function*() {
        const pool = yield* ThreadPoolExecutor.make({ maxWorkers: 1 })
        return yield* submitSleeps(pool, 10)
      })))
      for (const future of futures) assert.deepStrictEqual(yield* Future.exit(future), Exit.void)
    })))

  it.effect("closing by a failure waits for all tasks as well, and the failure goes on [doc:Executor.scope_error]", () =>
    inRegion(Effect.gen(function*() {
      let futures: ReadonlyArray<Future.Any> = []
      const error = yield* overTime(Effect.flip(Effect.scoped(Effect.gen(function*() {
        const pool = yield* ThreadPoolExecutor.make({ maxWorkers: 1 })
        futures = yield* submitSleeps(pool, 3)
        return yield* Effect.fail("left early")
      }))))
      assert.strictEqual(error, "left early")
      assert.strictEqual(futures.length, 3)
      for (const future of futures) assert.deepStrictEqual(yield* Future.exit(future), Exit.void)
    })))
})

describe("the end of a region", () => {
  it.effect("comes after an executor's tasks, also if a daemon made it, and before what follows [doc:Executor.threads_joined_at_exit]", () =>
    Effect.gen(function*() {
      const log: Array<string> = []
      const gate = yield* Event.make()
      const region = yield* Effect.forkChild(
        Effect.gen(function*() {
          const submitted = yield* Event.make()
          yield* Thread.fork(
            Effect.gen(function*() {
              const pool = yield* ThreadPoolExecutor.make({ maxWorkers: 1 })
              yield* ThreadPoolExecutor.submit(
                pool,
                Effect.gen(function*() {
                  log.push(`task of a ${(yield* Thread.current).daemon ? "daemon" : "thread"}`)
                  yield* Event.wait(gate)
                  log.push("task done")
                })
              )
              yield* Event.set(submitted)
              yield* Effect.never
            }),
            { daemon: true }
          )
          yield* Event.wait(submitted)
          log.push("main done")
        }).pipe(
          ThreadGroup.supervise,
          Effect.ensuring(Effect.sync(() => log.push("exit handler")))
        )
      )
      yield* settle
      assert.isUndefined(region.pollUnsafe())
      yield* Event.set(gate)
      yield* Fiber.join(region)
      assert.sameMembers(log.slice(0, 2), ["task of a daemon", "main done"])
      assert.deepStrictEqual(log.slice(2), ["task done", "exit handler"])
    }))

  it.effect("lets submit start no worker any more: it fails, queues nothing and holds nobody up [doc:Executor.thread_start_failure_in_submit]", () =>
    Effect.gen(function*() {
      let error: unknown
      let left: unknown
      const region = yield* Effect.forkChild(
        Thread.fork(
          Effect.onInterrupt(Effect.never, () =>
            Effect.scoped(Effect.gen(function*() {
              const pool = yield* ThreadPoolExecutor.make({ maxWorkers: 1 })
              error = yield* Effect.flip(ThreadPoolExecutor.submit(pool, Effect.void))
              left = { ...load(pool) }
            }))),
          { daemon: true }
        ).pipe(Effect.andThen(settle), ThreadGroup.supervise)
      )
      yield* settle
      yield* settle
      assert.isDefined(region.pollUnsafe(), "the region has ended")
      assert.instanceOf(error, ExecutorShutdownError)
      assert.include(left, { running: 0, queued: 0, workers: 0 })
    }))
})
