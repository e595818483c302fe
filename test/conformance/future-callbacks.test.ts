import { assert, describe, it } from "@effect/vitest"
import { Cause, Effect, Exit, Fiber, Option } from "effect"
import { Event, Future, Thread, ThreadPoolExecutor } from "effect-threading"
import { inRegion, logged, settle } from "../support/pool.ts"

const failure = new Error("test")

/** A future, and what its callback saw, once it was called. */
const watched = Effect.gen(function*() {
  const future = yield* Future.make<number, Error>()
  const seen: Array<Exit.Exit<number, Error>> = []
  // Read from the future inside of the callback, so it must be done by then, and compared with what the callback was given.
  const callback = (exit: Exit.Exit<number, Error>) =>
    Effect.map(Future.exit(future), (read) => {
      assert.strictEqual(read, exit)
      seen.push(exit)
    })
  return { future, seen, callback }
})

describe("a callback of a pending future", () => {
  it.effect("has run with its value when complete returns [test_concurrent_futures.test_future.FutureTests.test_done_callback_with_result]", () =>
    Effect.gen(function*() {
      const { callback, future, seen } = yield* watched
      yield* Future.onDone(future, callback)
      assert.deepStrictEqual(seen, [])
      yield* Future.complete(future, Exit.succeed(5))
      assert.deepStrictEqual(seen, [Exit.succeed(5)])
    }))

  it.effect("reads its failure [test_concurrent_futures.test_future.FutureTests.test_done_callback_with_exception]", () =>
    Effect.gen(function*() {
      const { callback, future, seen } = yield* watched
      yield* Future.onDone(future, callback)
      yield* Future.complete(future, Exit.fail(failure))
      assert.strictEqual(seen.length, 1)
      assert.strictEqual(Option.getOrThrow(Exit.findErrorOption(seen[0]!)), failure)
    }))

  it.effect("runs when cancel cancels it [test_concurrent_futures.test_future.FutureTests.test_done_callback_with_cancel]", () =>
    Effect.gen(function*() {
      const future = yield* Future.make<number>()
      let wasCancelled: boolean | undefined
      yield* Future.onDone(future, () => Effect.map(Future.isCancelled(future), (is) => void (wasCancelled = is)))
      assert.isTrue(yield* Future.cancel(future))
      assert.isTrue(wasCancelled)
    }))

  it.effect("that fails is logged and stops nobody [test_concurrent_futures.test_future.FutureTests.test_done_callback_raises]", () =>
    logged(Effect.fnUntraced(function*(lines) {
      const future = yield* Future.make<number>()
      let calls = 0
      yield* Future.onDone(future, () => Effect.fail(new Error("doh!")))
      yield* Future.onDone(future, () => Effect.sync(() => calls++))
      yield* Future.complete(future, Exit.succeed(5))
      assert.strictEqual(calls, 1)
      assert.strictEqual(lines.length, 1)
      assert.match(lines[0]!, /^Error exception calling callback for Future-\d+.*doh!/s)
    })))
})

describe("a callback of a future that is done", () => {
  it.effect("runs at once and reads its value [test_concurrent_futures.test_future.FutureTests.test_done_callback_already_successful]", () =>
    Effect.gen(function*() {
      const { callback, future, seen } = yield* watched
      yield* Future.complete(future, Exit.succeed(5))
      yield* Future.onDone(future, callback)
      assert.deepStrictEqual(seen, [Exit.succeed(5)])
    }))

  it.effect("runs at once and reads its failure [test_concurrent_futures.test_future.FutureTests.test_done_callback_already_failed]", () =>
    Effect.gen(function*() {
      const { callback, future, seen } = yield* watched
      yield* Future.complete(future, Exit.fail(failure))
      yield* Future.onDone(future, callback)
      assert.strictEqual(Option.getOrThrow(Exit.findErrorOption(seen[0]!)), failure)
    }))

  it.effect("runs at once and sees that it was cancelled [test_concurrent_futures.test_future.FutureTests.test_done_callback_already_cancelled]", () =>
    Effect.gen(function*() {
      const future = yield* Future.make<number>()
      yield* Future.cancel(future)
      let wasCancelled: boolean | undefined
      yield* Future.onDone(future, () => Effect.map(Future.isCancelled(future), (is) => void (wasCancelled = is)))
      assert.isTrue(wasCancelled)
    }))

  it.effect("that fails is logged, and onDone does not fail [test_concurrent_futures.test_future.FutureTests.test_done_callback_raises_already_succeeded]", () =>
    logged(Effect.fnUntraced(function*(lines) {
      const future = yield* Future.make<number>()
      yield* Future.complete(future, Exit.succeed(5))
      yield* Future.onDone(future, () => Effect.fail(new Error("doh!")))
      assert.strictEqual(lines.length, 1)
      assert.match(lines[0]!, /exception calling callback for Future-\d+.*doh!/s)
    })))
})

describe("the callbacks of a future", () => {
  it.effect("run in the order they were added, one added twice twice [doc:Future.callback_order]", () =>
    Effect.gen(function*() {
      const future = yield* Future.make<number>()
      const order: Array<string> = []
      const note = (name: string) => () => Effect.sync(() => order.push(name))
      const twice = note("twice")
      for (const callback of [note("a"), twice, note("b"), twice, note("c")]) yield* Future.onDone(future, callback)
      yield* Future.complete(future, Exit.succeed(1))
      assert.deepStrictEqual(order, ["a", "twice", "b", "twice", "c"])
    }))

  it.effect("one that another adds runs at once, before those that were added earlier [doc:Future.callback_added_in_callback]", () =>
    Effect.gen(function*() {
      const future = yield* Future.make<number>()
      const order: Array<string> = []
      const note = (name: string) => Effect.sync(() => order.push(name))
      yield* Future.onDone(future, () => Effect.andThen(note("a"), Future.onDone(future, () => note("nested"))))
      yield* Future.onDone(future, () => note("b"))
      yield* Future.complete(future, Exit.succeed(1))
      assert.deepStrictEqual(order, ["a", "nested", "b"])
    }))

  it.effect("run in the thread that completes or cancels it, or, if it is done, in the one that adds them [doc:Future.callback_thread]", () =>
    inRegion(Effect.gen(function*() {
      const seen: Array<string> = []
      const note = () => Effect.map(Thread.current, ({ name }) => seen.push(name))
      const [completed, cancelled] = [yield* Future.make<number>(), yield* Future.make<number>()]
      const gate = yield* Event.make()
      const pool = yield* ThreadPoolExecutor.make({ maxWorkers: 1, threadNamePrefix: "worker" })
      const submitted = yield* ThreadPoolExecutor.submit(pool, Event.wait(gate))
      for (const future of [completed, cancelled, submitted]) yield* Future.onDone(future, note)
      yield* Effect.flatMap(
        Thread.fork(Future.complete(completed, Exit.succeed(1)), { name: "completer" }),
        Thread.join
      )
      yield* Effect.flatMap(Thread.fork(Future.cancel(cancelled), { name: "canceller" }), Thread.join)
      yield* Event.set(gate)
      yield* Future.wait([submitted])
      yield* settle
      yield* Effect.flatMap(Thread.fork(Future.onDone(completed, note), { name: "late" }), Thread.join)
      assert.deepStrictEqual(seen, ["completer", "canceller", "worker_0", "late"])
    })))

  it.effect("do not delay those who wait for the result [doc:Future.callback_after_waiters]", () =>
    inRegion(Effect.gen(function*() {
      const future = yield* Future.make<number>()
      const gate = yield* Event.make()
      yield* Future.onDone(future, () => Event.wait(gate))
      const waiter = yield* Thread.fork(Future.result(future))
      yield* settle
      const completer = yield* Thread.fork(Future.complete(future, Exit.succeed(1)))
      assert.strictEqual(yield* Thread.join(waiter), 1)
      assert.isTrue(yield* Thread.isAlive(completer))
      yield* Event.set(gate)
      yield* Thread.join(completer)
    })))

  it.effect("run once when it is cancelled, whatever follows [doc:Future.callback_once_on_cancel]", () =>
    Effect.gen(function*() {
      const future = yield* Future.make<number>()
      let calls = 0
      yield* Future.onDone(future, () => Effect.sync(() => calls++))
      assert.isTrue(yield* Future.cancel(future))
      assert.isTrue(yield* Future.cancel(future))
      assert.isFalse(yield* Future.setRunning(future))
      assert.strictEqual(calls, 1)
    }))

  it.effect("one that dies or is interrupted stops no other, nor the worker [doc:Future.callback_base_error]", () =>
    logged(Effect.fnUntraced(
      function*(lines) {
        const pool = yield* ThreadPoolExecutor.make({ maxWorkers: 1, threadNamePrefix: "survivor" })
        const gate = yield* Event.make()
        const future = yield* ThreadPoolExecutor.submit(pool, Event.wait(gate))
        let calls = 0
        yield* Future.onDone(future, () => Effect.die("exit request"))
        yield* Future.onDone(future, () => Effect.interrupt)
        yield* Future.onDone(future, () => Effect.sync(() => calls++))
        yield* Event.set(gate)
        yield* Future.result(future)
        const next = yield* ThreadPoolExecutor.submit(pool, Thread.current)
        assert.strictEqual((yield* Future.result(next)).name, "survivor_0")
        assert.strictEqual(calls, 1)
        assert.strictEqual(lines.length, 2)
        assert.match(lines[0]!, /exit request/)
      },
      (effect) => inRegion(effect)
    )))

  it.effect("run to their end although the fiber that completes is interrupted meanwhile", () =>
    Effect.gen(function*() {
      const future = yield* Future.make<number>()
      const gate = yield* Event.make()
      let calls = 0
      yield* Future.onDone(future, () => Effect.andThen(Event.wait(gate), Effect.sync(() => calls++)))
      yield* Future.onDone(future, () => Effect.sync(() => calls++))
      const completer = yield* Effect.forkChild(Future.complete(future, Exit.succeed(1)))
      yield* settle
      const interrupter = yield* Effect.forkChild(Fiber.interrupt(completer))
      yield* settle
      yield* Event.set(gate)
      yield* Fiber.join(interrupter)
      assert.isTrue(Cause.hasInterruptsOnly(Option.getOrThrow(Exit.getCause(yield* Fiber.await(completer)))))
      assert.strictEqual(calls, 2)
    }))
})
