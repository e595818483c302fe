import { assert, describe, it } from "@effect/vitest"
import { Cause, Effect, Exit, Fiber, Option } from "effect"
import { Event, Future, Thread, ThreadPoolExecutor } from "effect-threading"
import { TestClock } from "effect/testing"
import { makeRandom } from "../../src/testing/internal/random.ts"
import { defectOf, inRegion, settle } from "../support/pool.ts"

class OSError extends Error {
  override readonly name = "OSError"
}

const osError = new OSError("test")

/** A future in each state. Python's two kinds of cancelled ones, before and after the executor took notice, are one here. */
const inEveryState = Effect.gen(function*() {
  const [pending, running, cancelled, notified, failed, succeeded] = yield* Effect.all(
    Array.from({ length: 6 }, () => Future.make<number, OSError>())
  ) as Effect.Effect<Array<Future.Future<number, OSError>> & { length: 6 }>
  yield* Future.setRunning(running!)
  yield* Future.cancel(cancelled!)
  yield* Future.cancel(notified!)
  yield* Future.setRunning(notified!)
  yield* Future.complete(failed!, Exit.fail(osError))
  yield* Future.complete(succeeded!, Exit.succeed(42))
  return {
    pending: pending!,
    running: running!,
    cancelled: cancelled!,
    notified: notified!,
    failed: failed!,
    succeeded: succeeded!
  }
})

/** What `read` says of a future in each state. */
const inEach = <A>(read: (future: Future.Future<number, OSError>) => Effect.Effect<A>) =>
  Effect.flatMap(inEveryState, (futures) => Effect.all(Object.values(futures).map(read)))

const tagOf = (exit: Exit.Exit<unknown, { readonly _tag?: string; readonly name?: string }>): unknown => {
  if (Exit.isSuccess(exit)) return exit.value
  const error = Option.getOrThrow(Exit.findErrorOption(exit))
  return error._tag ?? error.name
}

const tag = (error: unknown) => (error as { readonly _tag: string })._tag

describe("the states of a future", () => {
  it.effect("isDone is false while it is pending or running, and true after [test_concurrent_futures.test_future.FutureTests.test_done]", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* inEach(Future.isDone), [false, false, true, true, true, true])
    }))

  it.effect("isRunning is true only while it runs [test_concurrent_futures.test_future.FutureTests.test_running]", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* inEach(Future.isRunning), [false, true, false, false, false, false])
    }))

  it.effect("isCancelled is true only if it was cancelled [test_concurrent_futures.test_future.FutureTests.test_cancelled]", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* inEach(Future.isCancelled), [false, false, true, true, false, false])
    }))

  it.effect("cancel cancels a pending one and changes no other [test_concurrent_futures.test_future.FutureTests.test_cancel]", () =>
    Effect.gen(function*() {
      const futures = Object.values(yield* inEveryState)
      const before = futures.map(String)
      assert.deepStrictEqual(yield* Effect.all(futures.map(Future.cancel)), [true, false, true, true, false, false])
      assert.isTrue(yield* Future.isCancelled(futures[0]!))
      assert.deepStrictEqual(futures.slice(1).map(String), before.slice(1))
    }))

  it.effect("printed, it tells its state and the type of its outcome [test_concurrent_futures.test_future.FutureTests.test_repr]", () =>
    Effect.gen(function*() {
      const futures = Object.values(yield* inEveryState)
      assert.deepStrictEqual(futures.map((future) => /^Future-\d+\((.*)\)$/.exec(String(future))?.[1]), [
        "pending",
        "running",
        "cancelled",
        "cancelled",
        "finished raised OSError",
        "finished returned number"
      ])
    }))

  it.effect("setRunning starts a pending one, which cannot be cancelled then [doc:Future.set_running.pending]", () =>
    Effect.gen(function*() {
      const future = yield* Future.make<number>()
      assert.isTrue(yield* Future.setRunning(future))
      assert.isTrue(yield* Future.isRunning(future))
      assert.isFalse(yield* Future.cancel(future))
      assert.isTrue(yield* Future.isRunning(future))
    }))

  it.effect("setRunning says that it was cancelled; its waiters have gone on, and callbacks run once [doc:Future.set_running.cancelled]", () =>
    Effect.gen(function*() {
      const future = yield* Future.make<number>()
      let calls = 0
      yield* Future.onDone(future, () => Effect.sync(() => calls++))
      const waiter = yield* Effect.forkChild(Future.wait([future]))
      yield* settle
      yield* Future.cancel(future)
      assert.isFalse(yield* Future.setRunning(future))
      assert.deepStrictEqual((yield* Fiber.join(waiter)).done, [future])
      assert.strictEqual(calls, 1)
      assert.isTrue(yield* Future.isCancelled(future))
    }))

  it.effect("it can be completed without having run [doc:Future.set_result_from_pending]", () =>
    Effect.gen(function*() {
      const [one, other] = [yield* Future.make<number>(), yield* Future.make<never, string>()]
      yield* Future.complete(one, Exit.succeed(1))
      yield* Future.complete(other, Exit.fail("no"))
      assert.strictEqual(yield* Future.result(one), 1)
      assert.strictEqual(yield* Effect.flip(Future.result(other)), "no")
    }))

  it.effect("a cancelled one cannot be completed and stays cancelled [doc:Future.set_on_cancelled]", () =>
    Effect.gen(function*() {
      const { cancelled, notified } = yield* inEveryState
      for (const future of [cancelled, notified]) {
        assert.strictEqual(tag(yield* defectOf(Future.complete(future, Exit.succeed(1)))), "InvalidStateError")
        assert.strictEqual(tag(yield* defectOf(Future.complete(future, Exit.fail(osError)))), "InvalidStateError")
        assert.isTrue(yield* Future.isCancelled(future))
        assert.strictEqual(tag(yield* Effect.flip(Future.result(future))), "CancelledError")
      }
    }))
})

describe("completing a future twice", () => {
  it.effect("dies, telling what it is, and keeps the first value [test_concurrent_futures.test_future.FutureTests.test_multiple_set_result]", () =>
    Effect.gen(function*() {
      const future = yield* Future.make<number>()
      yield* Future.complete(future, Exit.succeed(1))
      const defect = yield* defectOf(Future.complete(future, Exit.succeed(2)))
      assert.strictEqual(tag(defect), "InvalidStateError")
      assert.match((defect as Error).message, /Future-\d+\(finished returned number\)/)
      assert.isTrue(yield* Future.isDone(future))
      assert.strictEqual(yield* Future.result(future), 1)
    }))

  it.effect("dies, telling what it is, and keeps the first error [test_concurrent_futures.test_future.FutureTests.test_multiple_set_exception]", () =>
    Effect.gen(function*() {
      class ValueError extends Error {
        override readonly name = "ValueError"
      }
      const first = new ValueError("first")
      const future = yield* Future.make<number, ValueError>()
      yield* Future.complete(future, Exit.fail(first))
      const defect = yield* defectOf(Future.complete(future, Exit.fail(new ValueError("second"))))
      assert.match((defect as Error).message, /\(finished raised ValueError\)/)
      assert.strictEqual(yield* Effect.flip(Future.result(future)), first)
    }))

  it.effect("dies also if the second outcome is of the other kind [doc:Future.result_set_then_exception]", () =>
    Effect.gen(function*() {
      const { failed, succeeded } = yield* inEveryState
      assert.strictEqual(tag(yield* defectOf(Future.complete(failed, Exit.succeed(1)))), "InvalidStateError")
      assert.strictEqual(tag(yield* defectOf(Future.complete(succeeded, Exit.fail(osError)))), "InvalidStateError")
      assert.strictEqual(yield* Effect.flip(Future.result(failed)), osError)
      assert.strictEqual(yield* Future.result(succeeded), 42)
    }))
})

describe("the outcome of a future", () => {
  it.effect("result with no time to wait times out unless it is done [test_concurrent_futures.test_future.FutureTests.test_result_with_timeout]", () =>
    Effect.gen(function*() {
      const read = (future: Future.Future<number, OSError>) =>
        Effect.map(Effect.exit(Effect.timeout(Future.result(future), 0)), tagOf)
      assert.deepStrictEqual(yield* inEach(read), [
        "TimeoutError",
        "TimeoutError",
        "CancelledError",
        "CancelledError",
        "OSError",
        42
      ])
    }))

  it.effect("exit with no time to wait times out unless it is done, and gives failures back as values [test_concurrent_futures.test_future.FutureTests.test_exception_with_timeout]", () =>
    Effect.gen(function*() {
      const read = (future: Future.Future<number, OSError>) =>
        Effect.map(Effect.timeoutOption(Future.exit(future), 0), Option.map(tagOf))
      assert.deepStrictEqual(yield* inEach(read), [
        Option.none(),
        Option.none(),
        Option.some("CancelledError"),
        Option.some("CancelledError"),
        Option.some("OSError"),
        Option.some(42)
      ])
    }))

  it.effect("a negative time to wait is none [doc:Future.negative_timeout]", () =>
    Effect.gen(function*() {
      const { pending, succeeded } = yield* inEveryState
      assert.instanceOf(yield* Effect.flip(Effect.timeout(Future.result(pending), -1)), Cause.TimeoutError)
      assert.strictEqual(yield* Effect.timeout(Future.result(succeeded), -1), 42)
    }))

  const completedLater = (end: (future: Future.Future<number, OSError>) => Effect.Effect<unknown>) =>
    inRegion(Effect.gen(function*() {
      const future = yield* Future.make<number, OSError>()
      yield* Thread.fork(Effect.andThen(Effect.sleep("1 second"), end(future)))
      const waiter = yield* Effect.forkChild(Effect.exit(Effect.timeout(Future.result(future), "5 seconds")))
      yield* TestClock.adjust("999 millis")
      assert.isUndefined(waiter.pollUnsafe())
      yield* TestClock.adjust("1 millis")
      return yield* Fiber.join(waiter)
    }))

  it.effect("result waits until another thread completes it [test_concurrent_futures.test_future.FutureTests.test_result_with_success]", () =>
    Effect.gen(function*() {
      const exit = yield* completedLater((future) => Future.complete(future, Exit.succeed(42)))
      assert.deepStrictEqual(exit, Exit.succeed(42))
    }))

  it.effect("result waits until another thread cancels it, and fails with CancelledError [test_concurrent_futures.test_future.FutureTests.test_result_with_cancel]", () =>
    Effect.gen(function*() {
      assert.strictEqual(tagOf(yield* completedLater(Future.cancel)), "CancelledError")
    }))

  it.effect("exit waits until it has failed, and gives the failure back [test_concurrent_futures.test_future.FutureTests.test_exception_with_success]", () =>
    inRegion(Effect.gen(function*() {
      const future = yield* Future.make<number, OSError>()
      yield* Thread.fork(Effect.andThen(Effect.sleep("1 second"), Future.complete(future, Exit.fail(osError))))
      const waiter = yield* Effect.forkChild(Future.exit(future))
      yield* TestClock.adjust("1 second")
      const exit = yield* Fiber.join(waiter)
      assert.strictEqual(Option.getOrThrow(Exit.findErrorOption(exit)), osError)
    })))

  it.effect("every reader gets the very error that it was completed with [doc:Future.same_error_object]", () =>
    Effect.gen(function*() {
      const { failed } = yield* inEveryState
      assert.strictEqual(yield* Effect.flip(Future.result(failed)), osError)
      assert.strictEqual(yield* Effect.flip(Future.result(failed)), osError)
      assert.strictEqual(Option.getOrThrow(Exit.findErrorOption(yield* Future.exit(failed))), osError)
    }))

  it.effect("a wait that timed out leaves the future and its task alone [doc:Future.timeout_does_not_cancel]", () =>
    inRegion(Effect.gen(function*() {
      const pool = yield* ThreadPoolExecutor.make({ maxWorkers: 1 })
      const future = yield* ThreadPoolExecutor.submit(pool, Effect.as(Effect.sleep("2 seconds"), "made it"))
      const waiters = yield* Effect.forkChild(
        Effect.all([
          Effect.timeoutOption(Future.result(future), "1 second"),
          Effect.timeoutOption(Future.exit(future), "1 second")
        ], { concurrency: 2 })
      )
      yield* settle
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual(yield* Fiber.join(waiters), [Option.none(), Option.none()])
      assert.isTrue(yield* Future.isRunning(future))
      yield* TestClock.adjust("1 second")
      assert.strictEqual(yield* Future.result(future), "made it")
    })))

  it.effect("interrupting a thread that waits for it leaves it alone [doc:Future.interrupted_waiter]", () =>
    inRegion(Effect.gen(function*() {
      const pool = yield* ThreadPoolExecutor.make({ maxWorkers: 1 })
      const gate = yield* Event.make()
      const running = yield* ThreadPoolExecutor.submit(pool, Effect.as(Event.wait(gate), 1))
      const queued = yield* ThreadPoolExecutor.submit(pool, Effect.succeed(2))
      for (const future of [running, queued]) {
        const waiter = yield* Thread.fork(Future.result(future))
        yield* settle
        assert.strictEqual((yield* Thread.state(waiter))._tag, "Blocked")
        yield* Thread.interrupt(waiter)
      }
      assert.isTrue(yield* Future.isRunning(running))
      yield* Event.set(gate)
      assert.deepStrictEqual([yield* Future.result(running), yield* Future.result(queued)], [1, 2])
    })))

  it.effect("any number of threads wait for it and get the same outcome [doc:Future.result_multiple_waiters]", () =>
    inRegion(Effect.gen(function*() {
      const future = yield* Future.make<{ readonly value: number }>()
      const waiters = yield* Effect.replicateEffect(Thread.fork(Future.result(future)), 20)
      yield* settle
      const value = { value: 42 }
      yield* Future.complete(future, Exit.succeed(value))
      for (const waiter of waiters) assert.strictEqual(yield* Thread.join(waiter), value)
    })))

  it.effect("its errors are tagged: CancelledError fails, InvalidStateError is a defect, a time-out is Effect's own [doc:Future.error_types]", () =>
    Effect.gen(function*() {
      const { cancelled, pending } = yield* inEveryState
      const caught = yield* Effect.catchTag(Future.result(cancelled), "CancelledError", Effect.succeed)
      assert.instanceOf(caught, Future.CancelledError)
      assert.instanceOf(caught, Error)
      const defect = yield* defectOf(Future.complete(cancelled, Exit.succeed(1)))
      assert.instanceOf(defect, Future.InvalidStateError)
      assert.instanceOf(defect, Error)
      const timedOut = yield* Effect.flip(Effect.timeout(Future.result(pending), 0))
      assert.instanceOf(timedOut, Cause.TimeoutError)
    }))

  it.effect("either cancel is in time and the task never runs, or it runs [doc:Future.cancel_race_with_start]", () =>
    inRegion(Effect.gen(function*() {
      const pool = yield* ThreadPoolExecutor.make({ maxWorkers: 2 })
      const seen = { cancelled: 0, ran: 0 }
      for (let seed = 1; seed <= 200; seed++) {
        const random = makeRandom(seed)
        let runs = 0
        const before = yield* Effect.replicateEffect(ThreadPoolExecutor.submit(pool, Effect.yieldNow), random.below(4))
        const future = yield* ThreadPoolExecutor.submit(pool, Effect.sync(() => ++runs))
        for (let left = random.below(6); left > 0; left--) yield* Effect.yieldNow
        const isCancelled = yield* Future.cancel(future)
        yield* Future.wait([...before, future])
        yield* Effect.yieldNow
        assert.strictEqual(runs, isCancelled ? 0 : 1)
        assert.strictEqual(yield* Future.isCancelled(future), isCancelled)
        seen[isCancelled ? "cancelled" : "ran"]++
      }
      assert.isAbove(seen.cancelled, 10)
      assert.isAbove(seen.ran, 10)
    })))
})
