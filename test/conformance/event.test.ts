/** Events as CPython has them. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Option } from "effect"
import { Event, Thread, ThreadGroup } from "effect-threading"
import { TestClock } from "effect/testing"

/** Lets every thread come as far as it can. */
const settle = Effect.replicateEffect(Effect.yieldNow, 50, { discard: true })

const five = <A, E>(effect: Effect.Effect<A, E>) => Effect.replicateEffect(Thread.fork(effect), 5)

const joinAll = <A, E>(threads: ReadonlyArray<Thread.Thread<A, E>>) => Effect.forEach(threads, Thread.join)

/** Python's `wait(timeout)`: whether the event was set in time. */
const waitFor = (event: Event.Event, time: number) =>
  Effect.map(Effect.timeoutOption(Event.wait(event), time), Option.isSome)

describe("Event", () => {
  it.effect("is set by set and unset by clear, once or twice [lock_tests.EventTests.test_is_set]", () =>
    Effect.gen(function*() {
      const event = yield* Event.make()
      const seen: Array<boolean> = []
      const look = Effect.map(Event.isSet(event), (isSet) => seen.push(isSet))
      yield* look
      for (const step of [Event.set(event), Event.set(event), Event.clear(event), Event.clear(event)]) {
        yield* Effect.andThen(step, look)
      }
      assert.deepStrictEqual(seen, [false, true, true, false, false])
    }))

  it.effect("lets all who wait go on once it is set, round after round [lock_tests.EventTests.test_notify]", () =>
    Effect.gen(function*() {
      const event = yield* Event.make()
      for (let round = 0; round < 2; round++) {
        const log: Array<string> = []
        const waiting = yield* five(Effect.gen(function*() {
          yield* Event.wait(event)
          log.push("first")
          yield* Event.wait(event)
          log.push("second")
        }))
        yield* settle
        assert.deepStrictEqual(log, [])
        yield* Event.set(event)
        yield* joinAll(waiting)
        assert.strictEqual(log.filter((entry) => entry === "first").length, 5)
        assert.strictEqual(log.filter((entry) => entry === "second").length, 5)
        yield* Event.clear(event)
      }
    }).pipe(ThreadGroup.supervise))

  it.effect("is waited for as long as a time-out allows [lock_tests.EventTests.test_timeout]", () =>
    Effect.gen(function*() {
      const event = yield* Event.make()
      const both = Effect.all([waitFor(event, 0), waitFor(event, 500)])
      const early = yield* five(both)
      yield* settle
      yield* TestClock.adjust(0)
      yield* settle
      yield* TestClock.adjust(499)
      yield* settle
      for (const thread of early) assert.isTrue(yield* Thread.isAlive(thread))
      yield* TestClock.adjust(1)
      assert.deepStrictEqual(yield* joinAll(early), Array(5).fill([false, false]))
      yield* Event.set(event)
      assert.deepStrictEqual(yield* joinAll(yield* five(both)), Array(5).fill([true, true]))
    }).pipe(ThreadGroup.supervise))

  it.effect("wakes all who wait also if it is cleared at once [lock_tests.EventTests.test_set_and_clear]", () =>
    Effect.gen(function*() {
      const event = yield* Event.make()
      const waiting = yield* five(waitFor(event, 1_000))
      yield* settle
      yield* Effect.sync(() => Effect.runSync(Effect.andThen(Event.set(event), Event.clear(event))))
      assert.deepStrictEqual(yield* joinAll(waiting), [true, true, true, true, true])
      assert.isFalse(yield* Event.isSet(event))
    }).pipe(ThreadGroup.supervise))

  it.effect("tells in its string whether it is set [lock_tests.EventTests.test_repr]", () =>
    Effect.gen(function*() {
      const event = yield* Event.make()
      assert.match(String(event), /^Event-\d+\(unset/)
      yield* Event.set(event)
      assert.match(String(event), /^Event-\d+\(set/)
    }))

  it.effect("is not waited for when it is set already, whatever the time-out [doc:Event.wait.already_set]", () =>
    Effect.gen(function*() {
      const event = yield* Event.make()
      yield* Event.set(event)
      // A wait that suspends, however shortly, lets the other fiber go first.
      const log: Array<string> = []
      yield* Effect.forkChild(Effect.sync(() => log.push("other")))
      yield* Event.wait(event)
      log.push("went on")
      yield* settle
      assert.deepStrictEqual(log, ["went on", "other"])
      for (const time of [-1, 0, 500]) {
        assert.deepStrictEqual(yield* Effect.timeoutOption(Event.wait(event), time), Option.some(undefined))
      }
    }))

  it.effect("is given up at once with no time to wait [doc:Event.wait.negative_timeout]", () =>
    Effect.gen(function*() {
      const event = yield* Event.make()
      const thread = yield* Thread.fork(waitFor(event, -1))
      yield* settle
      yield* TestClock.adjust(0)
      assert.isFalse(yield* Thread.join(thread))
    }).pipe(ThreadGroup.supervise))

  it.effect("wakes who waits now, not who waits after a clear [doc:Event.set.wakes_all_once]", () =>
    Effect.gen(function*() {
      const event = yield* Event.make()
      const before = yield* Thread.fork(Event.wait(event))
      yield* settle
      yield* Event.set(event)
      yield* Event.clear(event)
      const after = yield* Thread.fork(Event.wait(event))
      yield* Thread.join(before)
      yield* settle
      assert.isTrue(yield* Thread.isAlive(after))
      yield* Event.set(event)
      yield* Thread.join(after)
    }).pipe(ThreadGroup.supervise))

  it.effect("is not disturbed by a waiter that is interrupted [doc:Event.interrupted_wait]", () =>
    Effect.gen(function*() {
      const event = yield* Event.make()
      const [first, second, third] = [
        yield* Thread.fork(Event.wait(event)),
        yield* Thread.fork(Event.wait(event)),
        yield* Thread.fork(Event.wait(event))
      ]
      yield* settle
      yield* Thread.interrupt(second)
      assert.isFalse(yield* Event.isSet(event))
      assert.isTrue(yield* Thread.isAlive(first))
      yield* Event.set(event)
      yield* joinAll([first, third])
    }).pipe(ThreadGroup.supervise))
})
