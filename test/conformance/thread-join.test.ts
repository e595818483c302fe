import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, Fiber, Option } from "effect"
import { Event, Thread, ThreadGroup } from "effect-threading"
import { TestClock } from "effect/testing"
import { defectOf, until, untilState } from "../support/threads.ts"

describe("Thread: join", () => {
  it.effect("join returns only after the thread has ended [test_thread.ThreadRunningTests.test_join_thread]", () =>
    Effect.gen(function*() {
      const results: Array<number> = []
      const thread = yield* Thread.fork(Effect.gen(function*() {
        yield* Effect.sleep("50 millis")
        results.push((yield* Thread.current).ident)
      }))
      const joiner = yield* Effect.forkChild(Effect.andThen(Thread.join(thread), Effect.sync(() => [...results])))
      yield* TestClock.adjust("49 millis")
      assert.deepStrictEqual(results, [])
      assert.isUndefined(joiner.pollUnsafe())
      yield* TestClock.adjust("1 millis")
      assert.deepStrictEqual(yield* Fiber.join(joiner), [thread.ident])
    }).pipe(ThreadGroup.supervise))

  it.effect("joining a thread that has ended returns at once, however often [test_thread.ThreadRunningTests.test_join_thread_already_exited] [test_thread.ThreadRunningTests.test_join_several_times]", () =>
    Effect.gen(function*() {
      const thread = yield* Thread.fork(Effect.succeed("result"))
      yield* untilState(thread, "Terminated")
      // A time-out of nothing leaves no room for a wait.
      assert.deepStrictEqual(yield* Effect.timeoutOption(Thread.join(thread), 0), Option.some("result"))
      assert.strictEqual(yield* Thread.join(thread), "result")
      assert.strictEqual(yield* Thread.join(thread), "result")
    }).pipe(ThreadGroup.supervise))

  it.effect("a thread may be joined by many threads at once [test_threading.ThreadTests.test_join_from_multiple_threads]", () =>
    Effect.gen(function*() {
      for (let n = 2; n < 20; n++) {
        const worker = yield* Thread.fork(Effect.as(Effect.sleep("5 millis"), n))
        const joiners = yield* Effect.forEach(Array.from({ length: n }), () => Thread.fork(Thread.join(worker)))
        for (const joiner of joiners) yield* untilState(joiner, "Blocked")
        yield* untilState(worker, "Blocked")
        yield* TestClock.adjust("5 millis")
        for (const joiner of joiners) assert.strictEqual(yield* Thread.join(joiner), n)
      }
    }).pipe(ThreadGroup.supervise))

  it.effect("a join that times out leaves the thread alive, and a plain one waits for its end [test_threading.ThreadTests.test_join_with_timeout] [test_thread.ThreadRunningTests.test_join_with_timeout]", () =>
    Effect.gen(function*() {
      const gate = yield* Event.make()
      const thread = yield* Thread.fork(Event.wait(gate))
      const timed = yield* Effect.forkChild(Effect.timeoutOption(Thread.join(thread), "10 millis"))
      yield* untilState(thread, "Blocked")
      yield* TestClock.adjust("9 millis")
      assert.isUndefined(timed.pollUnsafe())
      yield* TestClock.adjust("1 millis")
      assert.deepStrictEqual(yield* Fiber.join(timed), Option.none())
      assert.isTrue(yield* Thread.isAlive(thread))
      yield* Event.set(gate)
      yield* Thread.join(thread)
      assert.isFalse(yield* Thread.isAlive(thread))
    }).pipe(ThreadGroup.supervise))

  it.effect("a join with a negative time-out returns at once, like one of 0 [doc:Thread.join_negative_timeout]", () =>
    Effect.gen(function*() {
      const gate = yield* Event.make()
      const thread = yield* Thread.fork(Event.wait(gate))
      for (const timeout of [-1, 0]) {
        // The test's clock stands still: what waits for any time at all does not return.
        assert.deepStrictEqual(yield* Effect.timeoutOption(Thread.join(thread), timeout), Option.none())
      }
      assert.isTrue(yield* Thread.isAlive(thread))
      yield* Event.set(gate)
    }).pipe(ThreadGroup.supervise))

  it.live("a join with a time-out beyond what the platform's timers can count waits all the same [doc:Thread.join_huge_timeout]", () =>
    Effect.gen(function*() {
      for (const timeout of [2 ** 31, 1e100, Infinity]) {
        const gate = yield* Event.make()
        const thread = yield* Thread.fork(Effect.as(Event.wait(gate), "ended"))
        const joiner = yield* Effect.forkChild(Effect.timeoutOption(Thread.join(thread), timeout))
        // A timer that overflowed would have fired when this one does.
        yield* Effect.sleep("5 millis")
        yield* Event.set(gate)
        assert.deepStrictEqual(yield* Fiber.join(joiner), Option.some("ended"))
      }
    }).pipe(ThreadGroup.supervise))

  it.effect("a joiner that is interrupted stops waiting and leaves the thread alone [doc:Thread.join_interrupted]", () =>
    Effect.gen(function*() {
      const gate = yield* Event.make()
      const thread = yield* Thread.fork(Effect.as(Event.wait(gate), "unharmed"))
      const joiner = yield* Thread.fork(Thread.join(thread))
      yield* untilState(joiner, "Blocked")
      yield* Thread.interrupt(joiner)
      assert.isTrue(Exit.hasInterrupts(yield* Thread.await(joiner)))
      assert.isTrue(yield* Thread.isAlive(thread))
      yield* Event.set(gate)
      assert.strictEqual(yield* Thread.join(thread), "unharmed")
    }).pipe(ThreadGroup.supervise))

  it.effect("a thread that joins itself is told so at once, main too [test_threading.ThreadingExceptionTests.test_joining_current_thread]", () =>
    Effect.gen(function*() {
      const joinMyself = Effect.flatMap(Thread.current, (self) => defectOf(Thread.join(self)))
      assert.instanceOf(yield* joinMyself, Thread.ThreadJoinsItselfError)
      assert.instanceOf(yield* Thread.join(yield* Thread.fork(joinMyself)), Thread.ThreadJoinsItselfError)
    }).pipe(ThreadGroup.supervise))

  it.effect("a thread that joined itself can still be joined by others [test_thread.ThreadRunningTests.test_join_from_self]", () =>
    Effect.gen(function*() {
      const thread = yield* Thread.fork(
        Effect.flatMap(Thread.current, (self) => Effect.catchDefect(Thread.join(self), Effect.succeed))
      )
      assert.instanceOf(yield* Thread.join(thread), Thread.ThreadJoinsItselfError)
      assert.instanceOf(yield* Thread.join(thread), Thread.ThreadJoinsItselfError)
    }).pipe(ThreadGroup.supervise))

  it.effect("a thread that joins itself while another joins it is told so, and both end [test_thread.ThreadRunningTests.test_join_then_self_join]", () =>
    Effect.gen(function*() {
      const isJoined = yield* Event.make()
      const thread = yield* Thread.fork(Effect.gen(function*() {
        yield* Event.wait(isJoined)
        return yield* defectOf(Thread.join(yield* Thread.current))
      }))
      const joiner = yield* Thread.fork(Thread.join(thread))
      yield* untilState(joiner, "Blocked")
      assert.deepInclude(yield* Thread.state(joiner), { _tag: "Blocked", on: blockedOn(thread) })
      yield* Event.set(isJoined)
      assert.instanceOf(yield* Thread.join(joiner), Thread.ThreadJoinsItselfError)
    }).pipe(ThreadGroup.supervise))

  it.effect("a thread that nobody joins ends and leaves the registry by itself [test_threading.ThreadTests.test_leak_without_join]", () =>
    Effect.gen(function*() {
      const { ident } = yield* Thread.fork(Effect.void)
      const isListed = Effect.map(Thread.enumerate, (threads) => threads.some((thread) => thread.ident === ident))
      assert.isTrue(yield* isListed)
      yield* until(Effect.map(isListed, (listed) => !listed))
    }).pipe(ThreadGroup.supervise))

  it.effect("a thread whose handle nobody keeps runs to its end [test_thread.ThreadRunningTests.test_joinable_not_joined]", () =>
    Effect.gen(function*() {
      const log: Array<string> = []
      yield* Effect.gen(function*() {
        yield* Thread.fork(Effect.andThen(Effect.yieldNow, Effect.sync(() => log.push("thread"))))
        log.push("main")
      }).pipe(ThreadGroup.supervise)
      assert.deepStrictEqual(log, ["main", "thread"])
    }))

  it.effect("interrupting a thread ends its loop, which may clean up; interrupting one that has ended does nothing [test_threading.ThreadTests.test_PyThreadState_SetAsyncExc]", () =>
    Effect.gen(function*() {
      let cleaned = 0
      const looping = yield* Event.make()
      const thread = yield* Thread.fork(
        Event.set(looping).pipe(
          Effect.andThen(Effect.forever(Effect.sleep("10 millis"))),
          Effect.onInterrupt(() => Effect.sync(() => cleaned++))
        )
      )
      const bystander = yield* Thread.fork(Effect.as(Event.wait(looping), "unharmed"))
      yield* Event.wait(looping)
      yield* untilState(thread, "Blocked")
      yield* Thread.interrupt(thread)
      assert.strictEqual(cleaned, 1)
      assert.isFalse(yield* Thread.isAlive(thread))
      yield* Thread.interrupt(thread)
      assert.strictEqual(cleaned, 1)
      assert.strictEqual(yield* Thread.join(bystander), "unharmed")
    }).pipe(ThreadGroup.supervise))
})

const blockedOn = (thread: Thread.Any) => ({ kind: "Thread", name: thread.name, holder: undefined })
