import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, Fiber, Option } from "effect"
import { Event, Thread, ThreadGroup, Timer } from "effect-threading"
import { TestClock } from "effect/testing"
import { defectOf, untilState } from "../support/threads.ts"

describe("Timer", () => {
  it.effect("a timer runs its effect once, the delay after it was started, on a thread of its own [doc:Timer.fires_once]", () =>
    Effect.gen(function*() {
      const ranOn: Array<Thread.Any> = []
      const starting = Timer.start(
        Effect.flatMap(Thread.current, (thread) => Effect.sync(() => ranOn.push(thread))),
        "10 seconds"
      )
      yield* TestClock.adjust("9 seconds")
      const timer = yield* starting
      yield* untilState(timer, "Blocked")
      yield* TestClock.adjust("9999 millis")
      assert.deepStrictEqual(ranOn, [])
      yield* TestClock.adjust("1 millis")
      assert.deepStrictEqual(yield* Thread.join(timer), Option.some(1))
      yield* TestClock.adjust("1 hour")
      assert.deepStrictEqual(ranOn, [timer])
    }).pipe(ThreadGroup.supervise))

  it.effect("a timer is a thread: named, alive while it waits, joined, started once, a daemon if asked or as its maker is [doc:Timer.is_thread]", () =>
    Effect.gen(function*() {
      const timer = yield* Timer.start(Effect.void, "1 second")
      assert.match(timer.name, /^Thread-\d+$/)
      assert.isFalse(timer.daemon)
      assert.isTrue(yield* Thread.isAlive(timer))
      assert.include(yield* Thread.enumerate, timer)
      const joiner = yield* Effect.forkChild(Thread.join(timer))
      yield* untilState(timer, "Blocked")
      yield* TestClock.adjust("999 millis")
      assert.isTrue(yield* Thread.isAlive(timer))
      assert.isUndefined(joiner.pollUnsafe())
      yield* TestClock.adjust("1 millis")
      yield* Fiber.join(joiner)
      assert.isFalse(yield* Thread.isAlive(timer))
      // @ts-expect-error a timer was started, so this does not compile either
      const again = Thread.start(timer)
      assert.instanceOf(yield* defectOf(again), Thread.ThreadAlreadyStartedError)
      const daemon = yield* Timer.start(Timer.start(Effect.void, 0), 0, { daemon: true })
      const inner = yield* Thread.join(daemon)
      assert.deepStrictEqual([daemon.daemon, Option.getOrThrow(inner).daemon], [true, true])
    }).pipe(ThreadGroup.supervise))

  it.effect("a timer that is cancelled before it fires never does, and ends at once [doc:Timer.cancel_pending]", () =>
    Effect.gen(function*() {
      let fired = false
      const timer = yield* Timer.start(
        Effect.sync(() => {
          fired = true
        }),
        "1 hour"
      )
      yield* untilState(timer, "Blocked")
      assert.isTrue(yield* Timer.cancel(timer))
      // The clock stands still.
      assert.deepStrictEqual(yield* Thread.join(timer), Option.none())
      yield* TestClock.adjust("2 hours")
      assert.isFalse(fired)
    }).pipe(ThreadGroup.supervise))

  it.effect("cancelling a timer that has fired, or again, does no harm and stops nothing [doc:Timer.cancel_after]", () =>
    Effect.gen(function*() {
      const began = yield* Event.make()
      const gate = yield* Event.make()
      const running = yield* Timer.start(
        Effect.as(Effect.andThen(Event.set(began), Event.wait(gate)), "ran to its end"),
        0
      )
      const other = yield* Timer.start(Effect.void, "1 second")
      yield* Event.wait(began)
      assert.isFalse(yield* Timer.cancel(running))
      yield* Event.set(gate)
      assert.deepStrictEqual(yield* Thread.join(running), Option.some("ran to its end"))
      assert.isFalse(yield* Timer.cancel(running))
      assert.deepStrictEqual([yield* Timer.cancel(other), yield* Timer.cancel(other)], [true, false])
      assert.deepStrictEqual(yield* Thread.join(other), Option.none())
    }).pipe(ThreadGroup.supervise))

  it.effect("a timer whose effect fails tells the hook as any thread does, and is not finished with a result [doc:Timer.function_error]", () => {
    const reports: Array<Thread.Any> = []
    return Effect.gen(function*() {
      const timer = yield* Timer.start(Effect.fail("boom"), 0)
      assert.deepStrictEqual(yield* Thread.await(timer), Exit.fail("boom"))
      assert.deepStrictEqual(reports, [timer])
    }).pipe(
      ThreadGroup.supervise,
      Effect.provideService(Thread.ExceptHook, ({ thread }) => Effect.sync(() => reports.push(thread)))
    )
  })

  it.effect("a delay of 0, or less, is over as soon as the timer is started [doc:Timer.zero_or_negative]", () =>
    Effect.gen(function*() {
      for (const delay of [0, -1, -60_000]) {
        // The clock stands still.
        const timer = yield* Timer.start(Effect.succeed(delay), delay)
        assert.deepStrictEqual(yield* Thread.join(timer), Option.some(delay))
      }
    }).pipe(ThreadGroup.supervise))

  it.effect("a timer is finished once its effect has returned or it was cancelled [doc:Timer.finished_flag]", () =>
    Effect.gen(function*() {
      const fired = yield* Timer.start(Effect.succeed("returned"), "1 second")
      const cancelled = yield* Timer.start(Effect.succeed("returned"), "1 second")
      yield* untilState(fired, "Blocked")
      yield* untilState(cancelled, "Blocked")
      yield* Timer.cancel(cancelled)
      yield* untilState(cancelled, "Terminated")
      assert.strictEqual((yield* Thread.state(fired))._tag, "Blocked")
      yield* TestClock.adjust("1 second")
      yield* untilState(fired, "Terminated")
      assert.deepStrictEqual(yield* Thread.join(fired), Option.some("returned"))
      assert.deepStrictEqual(yield* Thread.join(cancelled), Option.none())
    }).pipe(ThreadGroup.supervise))
})
