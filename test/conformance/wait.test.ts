import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, Fiber, Stream } from "effect"
import { Event, Future, Thread, ThreadPoolExecutor } from "effect-threading"
import { TestClock } from "effect/testing"
import { inRegion, settle, untilDone, untilRunning, waitWithin } from "../support/pool.ts"

const divisionByZero = new Error("division by zero")

/** Futures made by hand that are done already. */
const finished = Effect.gen(function*() {
  const cancelled = yield* Future.make<never>()
  yield* Future.cancel(cancelled)
  const succeeded = yield* Future.make<number>()
  yield* Future.complete(succeeded, Exit.succeed(42))
  const failed = yield* Future.make<never, Error>()
  yield* Future.complete(failed, Exit.fail(divisionByZero))
  return { cancelled, succeeded, failed }
})

/** Submits a task that ends so after this many seconds, and lets it begin. */
const submitFor = <A, E>(pool: ThreadPoolExecutor.ThreadPoolExecutor, seconds: number, effect: Effect.Effect<A, E>) =>
  Effect.tap(
    ThreadPoolExecutor.submit(pool, Effect.andThen(Effect.sleep(`${seconds} seconds`), effect)),
    () => settle
  )

const pool = ThreadPoolExecutor.make({ maxWorkers: 5 })

/** Waits in a fiber of its own until the wait ends, and answers how many seconds that took. */
const seconds = <A, E, R>(waiting: Effect.Effect<A, E, R>) =>
  Effect.gen(function*() {
    const waiter = yield* Effect.forkChild(waiting)
    for (let passed = 0;; passed += 0.5) {
      yield* settle
      if (waiter.pollUnsafe() !== undefined) return { answer: yield* Fiber.join(waiter), passed }
      yield* TestClock.adjust(500)
    }
  })

describe("wait for the first completed", () => {
  it.effect("returns at once if some are done already, with all of these [test_concurrent_futures.test_wait.WaitTests.test_first_completed_some_already_completed]", () =>
    inRegion(Effect.gen(function*() {
      const { cancelled, succeeded } = yield* finished
      const slow = yield* submitFor(yield* pool, 1.5, Effect.void)
      const { answer, passed } = yield* seconds(
        Future.wait([cancelled, succeeded, slow], { returnWhen: "firstCompleted" })
      )
      assert.deepStrictEqual(answer, { done: [cancelled, succeeded], notDone: [slow] })
      assert.strictEqual(passed, 0)
      yield* TestClock.adjust("2 seconds")
    })))

  it.effect("gives all that were done by the time the waiter went on [doc:wait.first_completed_extra]", () =>
    Effect.gen(function*() {
      const [a, b, c] = [yield* Future.make<number>(), yield* Future.make<number>(), yield* Future.make<number>()]
      const waiter = yield* Effect.forkChild(Future.wait([a, b, c], { returnWhen: "firstCompleted" }))
      yield* settle
      // No yield between the two, so the waiter cannot have gone on.
      yield* Effect.andThen(Future.complete(a, Exit.succeed(1)), Future.complete(b, Exit.succeed(2)))
      const { done, notDone } = yield* Fiber.join(waiter)
      assert.include(done, a)
      assert.deepStrictEqual([...done, ...notDone], [a, b, c])
      assert.deepStrictEqual((yield* Future.wait([c, b, a], { returnWhen: "firstCompleted" })).done, [b, a])
    }))
})

describe("wait for the first exception", () => {
  it.effect("goes on over a success and ends with a failure [test_concurrent_futures.test_wait.WaitTests.test_first_exception]", () =>
    inRegion(Effect.gen(function*() {
      const executor = yield* pool
      const fast = yield* submitFor(executor, 0, Effect.succeed(1))
      const failing = yield* submitFor(executor, 1.5, Effect.fail(divisionByZero))
      const slow = yield* submitFor(executor, 3, Effect.succeed(2))
      const { answer, passed } = yield* seconds(Future.wait([fast, failing, slow], { returnWhen: "firstException" }))
      assert.deepStrictEqual(answer, { done: [fast, failing], notDone: [slow] })
      assert.strictEqual(passed, 1.5)
      yield* TestClock.adjust("3 seconds")
    })))

  it.effect("returns at once if one has failed already [test_concurrent_futures.test_wait.WaitTests.test_first_exception_one_already_failed]", () =>
    inRegion(Effect.gen(function*() {
      const { failed } = yield* finished
      const slow = yield* submitFor(yield* pool, 2, Effect.void)
      const { answer, passed } = yield* seconds(Future.wait([failed, slow], { returnWhen: "firstException" }))
      assert.deepStrictEqual(answer, { done: [failed], notDone: [slow] })
      assert.strictEqual(passed, 0)
      yield* TestClock.adjust("2 seconds")
    })))

  it.effect("goes on over one that is cancelled meanwhile, which counts as done [doc:wait.first_exception_ignores_cancel]", () =>
    Effect.gen(function*() {
      const [a, b, c] = [yield* Future.make(), yield* Future.make<never, Error>(), yield* Future.make()]
      const waiter = yield* Effect.forkChild(Future.wait([a, b, c], { returnWhen: "firstException" }))
      yield* settle
      yield* Future.cancel(a)
      assert.isFalse(yield* Future.setRunning(a))
      yield* settle
      assert.isUndefined(waiter.pollUnsafe())
      yield* Future.complete(b, Exit.fail(divisionByZero))
      assert.deepStrictEqual(yield* Fiber.join(waiter), { done: [a, b], notDone: [c] })
    }))

  it.effect("without a failure, waits for all [doc:wait.first_exception_all_ok]", () =>
    Effect.gen(function*() {
      const [a, b, c] = [yield* Future.make<number>(), yield* Future.make<number>(), yield* Future.make<number>()]
      const waiter = yield* Effect.forkChild(Future.wait([a, b, c], { returnWhen: "firstException" }))
      yield* settle
      for (const future of [c, a, b]) {
        assert.isUndefined(waiter.pollUnsafe())
        yield* Future.complete(future, Exit.succeed(1))
        yield* settle
      }
      assert.deepStrictEqual(yield* Fiber.join(waiter), { done: [a, b, c], notDone: [] })
    }))
})

describe("wait for all", () => {
  it.effect("counts a future that is given twice once [test_concurrent_futures.test_wait.WaitTests.test_20369]", () =>
    inRegion(Effect.gen(function*() {
      const future = yield* submitFor(yield* pool, 1.5, Effect.void)
      const { answer, passed } = yield* seconds(Future.wait([future, future], { returnWhen: "allCompleted" }))
      assert.deepStrictEqual(answer, { done: [future], notDone: [] })
      assert.strictEqual(passed, 1.5)
    })))

  it.effect("gives every future, however it ended [test_concurrent_futures.test_wait.WaitTests.test_all_completed]", () =>
    inRegion(Effect.gen(function*() {
      const { cancelled, failed, succeeded } = yield* finished
      const executor = yield* pool
      const failing = yield* submitFor(executor, 1, Effect.fail(divisionByZero))
      const slow = yield* submitFor(executor, 2, Effect.succeed(2))
      const all = [succeeded, cancelled, failed, failing, slow]
      const { answer, passed } = yield* seconds(Future.wait(all))
      assert.deepStrictEqual(answer, { done: all, notDone: [] })
      assert.strictEqual(passed, 2)
    })))

  it.effect("with a time-out tells what is done by then [test_concurrent_futures.test_wait.WaitTests.test_timeout]", () =>
    inRegion(Effect.gen(function*() {
      const { cancelled, failed, succeeded } = yield* finished
      const slow = yield* submitFor(yield* pool, 0.5, Effect.void)
      const waiter = yield* Effect.forkChild(waitWithin([cancelled, failed, succeeded, slow], "50 millis"))
      yield* settle
      yield* TestClock.adjust("50 millis")
      assert.deepStrictEqual(yield* Fiber.join(waiter), {
        done: [cancelled, failed, succeeded],
        notDone: [slow],
        timedOut: true
      })
      assert.isTrue(yield* Future.isRunning(slow))
      yield* TestClock.adjust("1 second")
    })))

  it.effect("with no time to wait tells what is done now [doc:wait.timeout_zero]", () =>
    Effect.gen(function*() {
      const { succeeded } = yield* finished
      const pending = yield* Future.make()
      for (const returnWhen of ["allCompleted", "firstException"] as const) {
        const answer = yield* waitWithin([pending, succeeded], 0, { returnWhen })
        assert.deepStrictEqual(answer, { done: [succeeded], notDone: [pending], timedOut: true })
      }
      const { done, notDone } = yield* waitWithin([pending], 0, { returnWhen: "firstCompleted" })
      assert.deepStrictEqual({ done, notDone }, { done: [], notDone: [pending] })
    }))

  it.effect("misses none of many that end at the same moment [test_concurrent_futures.test_wait.ThreadPoolWaitTests.test_pending_calls_race]", () =>
    inRegion(Effect.gen(function*() {
      const executor = yield* ThreadPoolExecutor.make({ maxWorkers: 100 })
      const gate = yield* Event.make()
      const futures = yield* Effect.replicateEffect(ThreadPoolExecutor.submit(executor, Event.wait(gate)), 100)
      yield* untilRunning(executor, 100)
      const waiter = yield* Effect.forkChild(Future.wait(futures))
      yield* settle
      yield* Event.set(gate)
      for (const future of futures) yield* untilDone(future)
      yield* settle
      assert.isDefined(waiter.pollUnsafe(), "the waiter went on")
      assert.strictEqual((yield* Fiber.join(waiter)).done.length, 100)
    })))
})

describe("wait", () => {
  it.effect("answers with done and notDone, which are the distinct futures given [doc:wait.result_shape]", () =>
    Effect.gen(function*() {
      const { failed, succeeded } = yield* finished
      const [a, b] = [yield* Future.make(), yield* Future.make()]
      const answer = yield* Future.wait([a, failed, b, succeeded, a, failed], { returnWhen: "firstCompleted" })
      assert.hasAllKeys(answer, ["done", "notDone"])
      assert.deepStrictEqual(answer, { done: [failed, succeeded], notDone: [a, b] })
    }))

  it.effect("for nothing returns at once [doc:wait.empty]", () =>
    Effect.gen(function*() {
      for (const returnWhen of ["allCompleted", "firstCompleted", "firstException"] as const) {
        assert.deepStrictEqual(yield* Future.wait([], { returnWhen }), { done: [], notDone: [] })
      }
    }))

  it.effect("does not compile with an unknown returnWhen, which does no harm where nothing is left to wait for [doc:wait.invalid_return_when]", () =>
    Effect.gen(function*() {
      const { succeeded } = yield* finished
      // @ts-expect-error -- not one of the three
      const answer = yield* Future.wait([succeeded], { returnWhen: "sometime" })
      assert.deepStrictEqual(answer, { done: [succeeded], notDone: [] })
    }))

  it.effect("takes futures of several executors and futures made by hand, as asCompleted does [doc:wait.mixed_executors]", () =>
    inRegion(Effect.gen(function*() {
      const [one, other] = [yield* pool, yield* pool]
      const gate = yield* Event.make()
      const futures = [
        yield* ThreadPoolExecutor.submit(one, Event.wait(gate)),
        yield* ThreadPoolExecutor.submit(other, Event.wait(gate)),
        yield* Future.make<void>()
      ]
      const waiter = yield* Effect.forkChild(Future.wait(futures))
      const seen: Array<Future.Any> = []
      const reader = yield* Effect.forkChild(
        Stream.runForEach(Future.asCompleted(futures), (future) => Effect.sync(() => seen.push(future)))
      )
      yield* settle
      yield* Future.complete(futures[2]!, Exit.void)
      yield* settle
      assert.deepStrictEqual(seen, [futures[2]])
      assert.isUndefined(waiter.pollUnsafe())
      yield* Event.set(gate)
      assert.strictEqual((yield* Fiber.join(waiter)).done.length, 3)
      yield* Fiber.join(reader)
      assert.sameMembers(seen, futures)
    })))

  it.effect("changes nothing: asked again it answers the same, and results are still there [doc:wait.no_side_effects]", () =>
    inRegion(Effect.gen(function*() {
      const executor = yield* ThreadPoolExecutor.make({ maxWorkers: 1 })
      const { failed, succeeded } = yield* finished
      const gate = yield* Event.make()
      const running = yield* ThreadPoolExecutor.submit(executor, Event.wait(gate))
      const queued = yield* ThreadPoolExecutor.submit(executor, Effect.succeed("ran"))
      const all = [failed, succeeded, running, queued]
      yield* untilRunning(executor, 1)
      const first = yield* Future.wait(all, { returnWhen: "firstException" })
      assert.deepStrictEqual(yield* Future.wait(all, { returnWhen: "firstException" }), first)
      assert.deepStrictEqual(yield* waitWithin(all, 0), { ...first, timedOut: true })
      assert.deepStrictEqual(yield* Effect.all(all.map(Future.isCancelled)), [false, false, false, false])
      // A thread that waits and is interrupted leaves them alone as well.
      const waiter = yield* Thread.fork(Future.wait(all))
      yield* settle
      yield* Thread.interrupt(waiter)
      yield* Event.set(gate)
      assert.strictEqual(yield* Future.result(queued), "ran")
      assert.strictEqual(yield* Future.result(succeeded), 42)
      assert.strictEqual(yield* Effect.flip(Future.result(failed)), divisionByZero)
    })))
})
