import { assert, describe, it } from "@effect/vitest"
import { Array, Cause, Effect, Exit, Fiber, Stream } from "effect"
import { Event, Future, ThreadPoolExecutor } from "effect-threading"
import { TestClock } from "effect/testing"
import { defectOf, inRegion, load, settle, untilRunning, withDeadline } from "../support/pool.ts"

class ZeroDivisionError extends Error {
  override readonly name = "ZeroDivisionError"
}

const divmod = ([a, b]: readonly [number, number]): Effect.Effect<readonly [number, number], ZeroDivisionError> =>
  b === 0 ? Effect.fail(new ZeroDivisionError()) : Effect.succeed([Math.floor(a / b), a % b])

const pool = ThreadPoolExecutor.make({ maxWorkers: 5 })
const onlyOne = ThreadPoolExecutor.make({ maxWorkers: 1 })

const digits = Array.range(0, 9)

/** Reads the stream to its end, or failure. */
const read = <A, E>(stream: Stream.Stream<A, E>) =>
  Effect.gen(function*() {
    const seen: globalThis.Array<A> = []
    const exit = yield* Effect.exit(Stream.runForEach(stream, (element) => Effect.sync(() => void seen.push(element))))
    return { seen, error: Exit.isSuccess(exit) ? undefined : Cause.squash(exit.cause) }
  })

describe("map", () => {
  it.effect("gives what mapping one by one gives [test_concurrent_futures.executor.ExecutorTest.test_map]", () =>
    inRegion(Effect.gen(function*() {
      const executor = yield* pool
      const pow = ([a, b]: readonly [number, number]) => Effect.succeed(a ** b)
      const expected = digits.map((n) => n ** n)
      assert.deepStrictEqual(
        yield* Stream.runCollect(ThreadPoolExecutor.map(executor, Array.zip(digits, digits), pow)),
        expected
      )
      assert.deepStrictEqual(
        yield* Stream.runCollect(
          ThreadPoolExecutor.map(executor, Array.zip(digits, digits), pow, { bufferSize: 3 })
        ),
        expected
      )
    })))

  it.effect("gives the results in the order of the items, whichever task ends first [doc:Executor.map.ordered]", () =>
    inRegion(Effect.gen(function*() {
      const ended: globalThis.Array<number> = []
      const stream = ThreadPoolExecutor.map(
        yield* pool,
        [5, 3, 1, 4, 2],
        (n) =>
          Effect.andThen(
            Effect.sleep(n),
            Effect.sync(() => {
              ended.push(n)
              return n
            })
          )
      )
      const reader = yield* Effect.forkChild(Stream.runCollect(stream))
      yield* settle
      yield* TestClock.adjust(5)
      assert.deepStrictEqual(yield* Fiber.join(reader), [5, 3, 1, 4, 2])
      assert.deepStrictEqual(ended, [1, 2, 3, 4, 5])
    })))

  it.effect("fails at the item that failed, after the results before it [test_concurrent_futures.executor.ExecutorTest.test_map_exception]", () =>
    inRegion(Effect.gen(function*() {
      const { error, seen } = yield* read(
        ThreadPoolExecutor.map(yield* pool, [[1, 2], [1, 3], [1, 0], [1, 5]], divmod)
      )
      assert.deepStrictEqual(seen, [[0, 1], [0, 1]])
      assert.instanceOf(error, ZeroDivisionError)
    })))

  it.effect("after a failure ends and runs none that has not started [doc:Executor.map.error_ends_iteration]", () =>
    inRegion(Effect.gen(function*() {
      const executor = yield* onlyOne
      const started: globalThis.Array<number> = []
      const stream = ThreadPoolExecutor.map(executor, [1, 2, 3, 4, 5], (n) =>
        Effect.gen(function*() {
          started.push(n)
          yield* Effect.sleep("1 second")
          return n === 2 ? yield* Effect.fail("two") : n
        }))
      const reader = yield* Effect.forkChild(read(stream))
      yield* settle
      yield* TestClock.adjust("1 hour")
      assert.deepStrictEqual(yield* Fiber.join(reader), { seen: [1], error: "two" })
      // The third may have begun when the second ended, before the reader knew.
      assert.isAtMost(started.length, 3)
      assert.strictEqual(load(executor).queued, 0)
    })))

  it.effect("has submitted all items before the first result is asked for [doc:Executor.map.eager]", () =>
    inRegion(Effect.gen(function*() {
      const executor = yield* onlyOne
      const gate = yield* Event.make()
      let taken = 0
      const items = function*() {
        for (const digit of digits) {
          taken++
          yield digit
        }
      }
      yield* Stream.toPull(ThreadPoolExecutor.map(executor, items(), () => Event.wait(gate)))
      assert.strictEqual(taken, 10)
      assert.strictEqual(load(executor).queued + load(executor).running, 10)
    })))

  it.effect("runs all its calls though nobody asks for a result, before shutdown returns [test_concurrent_futures.test_thread_pool.ThreadPoolExecutorTest.test_map_submits_without_iteration]", () =>
    inRegion(Effect.gen(function*() {
      const executor = yield* pool
      const finished: globalThis.Array<number> = []
      yield* Stream.toPull(ThreadPoolExecutor.map(executor, digits, (n) => Effect.sync(() => void finished.push(n))))
      yield* ThreadPoolExecutor.shutdown(executor)
      assert.sameMembers(finished, digits)
    })))

  it.effect("of more items than workers, not read, does not keep shutdown waiting [test_concurrent_futures.executor.ExecutorTest.test_shutdown_race_issue12456]", () =>
    inRegion(Effect.gen(function*() {
      const executor = yield* pool
      yield* Stream.toPull(ThreadPoolExecutor.map(executor, [1, 1, 1, 1, 1, 1], (n) => Effect.succeed(String(n))))
      yield* ThreadPoolExecutor.shutdown(executor)
      assert.deepStrictEqual([load(executor).queued, load(executor).workers], [0, 0])
    })))

  it.effect("of nothing is empty and calls nothing; of several inputs it takes what zip gives, the shortest [doc:Executor.map.shortest]", () =>
    inRegion(Effect.gen(function*() {
      const executor = yield* pool
      const calls: globalThis.Array<unknown> = []
      const call = <A>(item: A) => Effect.sync(() => void calls.push(item))
      assert.deepStrictEqual(yield* Stream.runCollect(ThreadPoolExecutor.map(executor, [], call)), [])
      assert.deepStrictEqual(calls, [])
      assert.strictEqual(load(executor).workers, 0)
      const two = yield* Stream.runCollect(ThreadPoolExecutor.map(executor, Array.zip([1, 2, 3], ["a", "b"]), call))
      assert.strictEqual(two.length, 2)
      assert.sameDeepMembers(calls, [[1, "a"], [2, "b"]])
    })))

  it.effect("ignores a chunk size, even a senseless one [doc:Executor.map.chunksize_ignored]", () =>
    inRegion(Effect.gen(function*() {
      const executor = yield* pool
      for (const chunksize of [3, 0, -1]) {
        const options = { bufferSize: undefined, chunksize }
        assert.deepStrictEqual(
          yield* Stream.runCollect(ThreadPoolExecutor.map(executor, digits, (n) => Effect.succeed(n * n), options)),
          digits.map((n) => n * n)
        )
      }
    })))

  it.effect("dies as its input does; what was submitted by then still runs [doc:Executor.map.input_error]", () =>
    inRegion(Effect.gen(function*() {
      const executor = yield* onlyOne
      const started: globalThis.Array<number> = []
      const input = new Error("no more")
      const items = function*() {
        yield 1
        yield 2
        throw input
      }
      const stream = ThreadPoolExecutor.map(executor, items(), (n) => Effect.sync(() => void started.push(n)))
      assert.strictEqual(yield* defectOf(Stream.runDrain(stream)), input)
      yield* ThreadPoolExecutor.shutdown(executor)
      assert.deepStrictEqual(started, [1, 2])
    })))

  it.effect("after a shutdown fails, unless there is nothing to do [doc:Executor.map.after_shutdown]", () =>
    inRegion(Effect.gen(function*() {
      const executor = yield* pool
      yield* ThreadPoolExecutor.shutdown(executor)
      const error = yield* Effect.flip(Stream.runCollect(ThreadPoolExecutor.map(executor, [1], Effect.succeed)))
      assert.instanceOf(error, ThreadPoolExecutor.ExecutorShutdownError)
      assert.deepStrictEqual(yield* Stream.runCollect(ThreadPoolExecutor.map(executor, [], Effect.succeed)), [])
    })))
})

describe("ending a map early", () => {
  it.effect("cancels what has not started; what runs goes on to its end [doc:Executor.map.close_cancels]", () =>
    inRegion(Effect.gen(function*() {
      const executor = yield* onlyOne
      const log: globalThis.Array<string> = []
      const gate = yield* Event.make()
      const stream = ThreadPoolExecutor.map(executor, [1, 2, 3, 4], (n) =>
        Effect.gen(function*() {
          log.push(`${n} started`)
          if (n > 1) yield* Event.wait(gate)
          log.push(`${n} ended`)
          return n
        }))
      const first = yield* Stream.runCollect(
        // The second one begins before the stream is told that the first is enough.
        Stream.take(Stream.tap(stream, () => untilRunning(executor, 1)), 1)
      )
      assert.deepStrictEqual(first, [1])
      assert.deepStrictEqual([load(executor).running, load(executor).queued], [1, 0])
      yield* Event.set(gate)
      yield* ThreadPoolExecutor.shutdown(executor)
      assert.deepStrictEqual(log, ["1 started", "1 ended", "2 started", "2 ended"])
    })))

  it.effect("by a time-out cancels the call that was waited for, too [test_concurrent_futures.test_thread_pool.ThreadPoolExecutorTest.test_executor_map_current_future_cancel]", () =>
    inRegion(Effect.gen(function*() {
      const executor = yield* onlyOne
      const log: globalThis.Array<string> = []
      const gate = yield* Event.make()
      const logging = (name: string) =>
        Effect.gen(function*() {
          log.push(`${name} started`)
          yield* Event.wait(gate)
          log.push(`${name} stopped`)
        })
      const first = yield* ThreadPoolExecutor.submit(executor, logging("first"))
      yield* untilRunning(executor, 1)
      const { error, seen } = yield* read(
        withDeadline(0)(ThreadPoolExecutor.map(executor, ["second", "third"], logging))
      )
      assert.deepStrictEqual(seen, [])
      assert.instanceOf(error, Cause.TimeoutError)
      assert.strictEqual(load(executor).queued, 0)
      yield* Event.set(gate)
      yield* Future.result(first)
      yield* ThreadPoolExecutor.shutdown(executor)
      assert.deepStrictEqual(log, ["first started", "first stopped"])
    })))
})

describe("map with a time-out", () => {
  it.effect("gives what comes in time, counted for all from the start, then times out [test_concurrent_futures.executor.ExecutorTest.test_map_timeout]", () =>
    inRegion(Effect.gen(function*() {
      const stream = ThreadPoolExecutor.map(yield* pool, [0, 4, 6], (n) => Effect.as(Effect.sleep(`${n} seconds`), n))
      const reader = yield* Effect.forkChild(read(withDeadline("5 seconds")(stream)))
      yield* settle
      yield* TestClock.adjust("4999 millis")
      assert.isUndefined(reader.pollUnsafe())
      yield* TestClock.adjust("1 millis")
      const { error, seen } = yield* Fiber.join(reader)
      assert.deepStrictEqual(seen, [0, 4])
      assert.instanceOf(error, Cause.TimeoutError)
      yield* TestClock.adjust("1 second")
    })))

  it.effect("counts from the start, gives what is there even later, and times out only over what is missing [doc:Executor.map.timeout_from_call]", () =>
    inRegion(Effect.gen(function*() {
      const stream = ThreadPoolExecutor.map(yield* pool, [1, 1, 60], (n) => Effect.as(Effect.sleep(`${n} seconds`), n))
      const pull = yield* Stream.toPull(withDeadline("5 seconds")(stream))
      yield* settle
      yield* TestClock.adjust("1 hour")
      assert.deepStrictEqual(yield* pull, [1, 1, 60])

      const late = ThreadPoolExecutor.map(yield* pool, [1, 1, 7200], (n) => Effect.as(Effect.sleep(`${n} seconds`), n))
      const pullLate = yield* Stream.toPull(withDeadline("5 seconds")(late))
      yield* settle
      yield* TestClock.adjust("1 hour")
      assert.deepStrictEqual(yield* pullLate, [1, 1])
      assert.instanceOf(yield* Effect.flip(pullLate), Cause.TimeoutError)
      yield* TestClock.adjust("1 hour")
    })))
})
