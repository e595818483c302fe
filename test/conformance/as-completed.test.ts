import { assert, describe, it } from "@effect/vitest"
import { Cause, Effect, Exit, Fiber, Stream } from "effect"
import { Event, Future, ThreadPoolExecutor } from "effect-threading"
import { TestClock } from "effect/testing"
import { setFlagsFromString } from "node:v8"
import { runInNewContext } from "node:vm"
import { inRegion, settle, withDeadline } from "../support/pool.ts"

const finished = Effect.gen(function*() {
  const cancelled = yield* Future.make<never>()
  yield* Future.cancel(cancelled)
  const succeeded = yield* Future.make<number>()
  yield* Future.complete(succeeded, Exit.succeed(42))
  const failed = yield* Future.make<never, Error>()
  yield* Future.complete(failed, Exit.fail(new Error("no")))
  return { cancelled, succeeded, failed }
})

/** Reads the stream in a fiber of its own; `seen` grows as it does. */
const reading = <A, E>(stream: Stream.Stream<A, E>) =>
  Effect.gen(function*() {
    const seen: Array<A> = []
    const reader = yield* Effect.forkChild(
      Effect.exit(Stream.runForEach(stream, (element) => Effect.sync(() => void seen.push(element))))
    )
    yield* settle
    return { seen, reader }
  })

const assertTimedOut = (exit: Exit.Exit<unknown, unknown>) => {
  assert(Exit.isFailure(exit), "it ended without a time-out")
  assert.instanceOf(Cause.squash(exit.cause), Cause.TimeoutError)
}

describe("asCompleted", () => {
  it.effect("gives each future once, however it ended [test_concurrent_futures.test_as_completed.AsCompletedTests.test_no_timeout] [doc:as_completed.failed_yielded]", () =>
    inRegion(Effect.gen(function*() {
      const pool = yield* ThreadPoolExecutor.make({ maxWorkers: 2 })
      const { cancelled, failed, succeeded } = yield* finished
      const one = yield* ThreadPoolExecutor.submit(pool, Effect.sleep("1 second"))
      const other = yield* ThreadPoolExecutor.submit(pool, Effect.andThen(Effect.sleep("2 seconds"), Effect.fail("no")))
      const { reader, seen } = yield* reading(Future.asCompleted([cancelled, one, failed, other, succeeded]))
      assert.sameMembers(seen, [cancelled, failed, succeeded])
      yield* TestClock.adjust("2 seconds")
      assert.deepStrictEqual(yield* Fiber.join(reader), Exit.void)
      assert.deepStrictEqual(seen.slice(3), [one, other])
    })))

  it.effect("with a time-out gives those that are done in time, then times out [test_concurrent_futures.test_as_completed.AsCompletedTests.test_future_times_out]", () =>
    inRegion(Effect.gen(function*() {
      const pool = yield* ThreadPoolExecutor.make({ maxWorkers: 2 })
      const { cancelled, failed, succeeded } = yield* finished
      const slow = yield* ThreadPoolExecutor.submit(pool, Effect.sleep("1 second"))
      for (const millis of [0, 100]) {
        const stream = Future.asCompleted([cancelled, slow, failed, succeeded])
        const { reader, seen } = yield* reading(withDeadline(millis)(stream))
        yield* TestClock.adjust(millis)
        assertTimedOut(yield* Fiber.join(reader))
        assert.sameMembers(seen, [cancelled, failed, succeeded])
      }
      assert.isTrue(yield* Future.isRunning(slow))
      yield* TestClock.adjust("1 second")
    })))

  it.effect("gives a pending future that an iterator supplies three times once [test_concurrent_futures.test_as_completed.AsCompletedTests.test_duplicate_futures]", () =>
    inRegion(Effect.gen(function*() {
      const pool = yield* ThreadPoolExecutor.make({ maxWorkers: 1 })
      const future = yield* ThreadPoolExecutor.submit(pool, Effect.sleep("1 second"))
      const thrice = function*() {
        for (let times = 0; times < 3; times++) yield future
      }
      const { reader, seen } = yield* reading(Future.asCompleted(thrice()))
      assert.deepStrictEqual(seen, [])
      yield* TestClock.adjust("1 second")
      yield* Fiber.join(reader)
      assert.deepStrictEqual(seen, [future])
    })))

  it.effect("after a time-out another one gives each future as it is completed [test_concurrent_futures.test_as_completed.AsCompletedTests.test_free_reference_yielded_future]", () =>
    Effect.gen(function*() {
      const futures = yield* Effect.replicateEffect(Future.make<number>(), 10)
      for (const future of futures.slice(8)) yield* Future.complete(future, Exit.succeed(1))
      const { reader, seen } = yield* reading(withDeadline(0)(Future.asCompleted(futures)))
      assertTimedOut(yield* Fiber.join(reader))
      assert.sameMembers(seen, futures.slice(8))

      // Each one that is given completes the next.
      const again: Array<Future.Any> = []
      yield* Stream.runForEach(Future.asCompleted(futures), (future) =>
        Effect.suspend(() => {
          again.push(future)
          const next = futures[again.length - 2]
          return again.length >= 2 && next !== undefined && again.length <= 9
            ? Future.complete(next, Exit.succeed(1))
            : Effect.void
        }))
      assert.sameMembers(again.slice(0, 2), futures.slice(8))
      assert.deepStrictEqual(again.slice(2), futures.slice(0, 8))
    }))

  it.effect("does nothing, and does not look at its input, before it is run; its time counts from there [doc:as_completed.lazy_start]", () =>
    Effect.gen(function*() {
      const pending = yield* Future.make<number>()
      let isRead = false
      const input = function*() {
        isRead = true
        yield pending
      }
      const stream = withDeadline("1 second")(Future.asCompleted(input()))
      yield* TestClock.adjust("1 hour")
      assert.isFalse(isRead)
      const { reader } = yield* reading(stream)
      assert.isTrue(isRead)
      yield* TestClock.adjust("999 millis")
      assert.isUndefined(reader.pollUnsafe())
      yield* TestClock.adjust("1 millis")
      assertTimedOut(yield* Fiber.join(reader))
    }))

  it.effect("gives those that are done first, then the others in the order in which they end [doc:as_completed.order]", () =>
    Effect.gen(function*() {
      const { cancelled, failed, succeeded } = yield* finished
      const [a, b, c] = [yield* Future.make(), yield* Future.make(), yield* Future.make()]
      const { reader, seen } = yield* reading(Future.asCompleted([a, cancelled, b, failed, c, succeeded]))
      assert.sameMembers(seen, [cancelled, failed, succeeded])
      yield* Future.complete(c, Exit.void)
      yield* Future.cancel(a)
      yield* Future.complete(b, Exit.void)
      yield* Fiber.join(reader)
      assert.deepStrictEqual(seen.slice(3), [c, a, b])
    }))

  it.effect("of nothing ends at once [doc:as_completed.empty]", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* Stream.runCollect(Future.asCompleted([])), [])
    }))

  it.effect("has one budget of time, the consumer's own included, and times out only if something is missing [doc:as_completed.total_timeout]", () =>
    Effect.gen(function*() {
      const slowly = <A, E>(stream: Stream.Stream<A, E>) =>
        Effect.gen(function*() {
          const seen: Array<A> = []
          const reader = yield* Effect.forkChild(Effect.exit(
            Stream.runForEach(stream, (element) =>
              Effect.andThen(Effect.sync(() => seen.push(element)), Effect.sleep(700)))
          ))
          for (let times = 0; times < 4; times++) {
            yield* settle
            yield* TestClock.adjust(700)
          }
          return { seen, exit: yield* Fiber.join(reader) }
        })
      const done = yield* Effect.replicateEffect(Effect.map(finished, ({ succeeded }) => succeeded), 3)
      const all = yield* slowly(withDeadline("1 second")(Future.asCompleted(done)))
      assert.deepStrictEqual(all, { seen: done, exit: Exit.void })

      const missing = yield* Future.make()
      const some = yield* slowly(withDeadline("1 second")(Future.asCompleted([...done, missing])))
      assert.deepStrictEqual(some.seen, done)
      assertTimedOut(some.exit)
    }))

  it.effect("ended early, leaves the others alone and watches them no longer [doc:as_completed.early_stop]", () =>
    inRegion(Effect.gen(function*() {
      const pool = yield* ThreadPoolExecutor.make({ maxWorkers: 1 })
      const gate = yield* Event.make()
      const running = yield* ThreadPoolExecutor.submit(pool, Effect.as(Event.wait(gate), "ran"))
      const queued = yield* ThreadPoolExecutor.submit(pool, Effect.succeed("ran as well"))
      yield* settle
      const taken = yield* takeFirst([running, queued])
      yield* settle
      collectGarbage()
      // A watcher left on the other two would keep the one that was taken.
      assert.isUndefined(taken.deref())
      assert.isTrue(yield* Future.isRunning(running))
      assert.isFalse(yield* Future.isDone(queued))
      yield* Event.set(gate)
      assert.deepStrictEqual([yield* Future.result(running), yield* Future.result(queued)], ["ran", "ran as well"])
    })))
})

const collectGarbage = () => {
  setFlagsFromString("--expose-gc")
  ;(runInNewContext("gc") as () => void)()
}

/** Takes only the first of several futures, and keeps it no longer than that. */
const takeFirst = (others: ReadonlyArray<Future.Any>) =>
  Effect.gen(function*() {
    const { succeeded } = yield* finished
    const taken = yield* Stream.runCollect(Stream.take(Future.asCompleted([succeeded, ...others]), 1))
    assert.deepStrictEqual(taken, [succeeded])
    return new WeakRef(succeeded)
  })
