import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, Fiber, Option } from "effect"
import { Event, Thread, ThreadGroup, Timer } from "effect-threading"
import { TestClock } from "effect/testing"
import { until, untilState } from "./support/threads.ts"

describe("Timer", () => {
  it.effect("starts point-free too, with options", () =>
    Effect.gen(function*() {
      const timer = yield* Effect.succeed(1).pipe(Timer.start("1 second", { name: "alarm", daemon: true }))
      assert.deepStrictEqual([timer.name, timer.daemon], ["alarm", true])
      yield* untilState(timer, "Blocked")
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual(yield* Thread.join(timer), Option.some(1))
    }).pipe(ThreadGroup.supervise))

  it.effect("timers fire in the order of their delays, each on its own thread", () =>
    Effect.gen(function*() {
      const log: Array<string> = []
      const timers = yield* Effect.forEach([30, 10, 20], (delay) =>
        Timer.start(
          Effect.map(Thread.current, (thread) => log.push(`${delay} on ${thread.ident}`)),
          delay
        ))
      for (const timer of timers) yield* untilState(timer, "Blocked")
      yield* TestClock.adjust(30)
      for (const timer of timers) yield* Thread.join(timer)
      const [thirty, ten, twenty] = timers.map((timer) => timer.ident)
      assert.deepStrictEqual(log, [`10 on ${ten}`, `20 on ${twenty}`, `30 on ${thirty}`])
    }).pipe(ThreadGroup.supervise))

  it.effect("a region waits for a timer that is not a daemon, and not for one that is", () =>
    Effect.gen(function*() {
      const log: Array<string> = []
      const region = yield* Effect.gen(function*() {
        const awaited = yield* Timer.start(Effect.sync(() => log.push("awaited")), "1 second")
        const daemon = yield* Timer.start(Effect.sync(() => log.push("daemon")), "2 seconds", { daemon: true })
        yield* untilState(awaited, "Blocked")
        yield* untilState(daemon, "Blocked")
        log.push("main")
      }).pipe(ThreadGroup.supervise, Effect.forkChild)
      yield* until(Effect.sync(() => log.length > 0))
      yield* TestClock.adjust("1 second")
      yield* Fiber.join(region)
      yield* TestClock.adjust("1 hour")
      assert.deepStrictEqual(log, ["main", "awaited"])
    }))

  it.effect("one cancel wins: of many at once exactly one was in time", () =>
    Effect.gen(function*() {
      const timer = yield* Timer.start(Effect.void, "1 second")
      const answers = yield* Effect.all(Array.from({ length: 5 }, () => Timer.cancel(timer)), {
        concurrency: "unbounded"
      })
      assert.deepStrictEqual(answers.filter((inTime) => inTime), [true])
      assert.deepStrictEqual(yield* Thread.join(timer), Option.none())
    }).pipe(ThreadGroup.supervise))

  it.effect("cancelled right after its start, a timer without a delay does not fire", () =>
    Effect.gen(function*() {
      let fired = false
      const timer = yield* Timer.start(
        Effect.sync(() => {
          fired = true
        }),
        0
      )
      assert.isTrue(yield* Timer.cancel(timer))
      assert.deepStrictEqual(yield* Thread.join(timer), Option.none())
      assert.isFalse(fired)
    }).pipe(ThreadGroup.supervise))

  it.effect("interrupted, a timer that waits ends without firing, and one that has fired runs its finalizers", () =>
    Effect.gen(function*() {
      const log: Array<string> = []
      const waiting = yield* Timer.start(Effect.sync(() => log.push("fired")), "1 hour")
      yield* untilState(waiting, "Blocked")
      yield* Thread.interrupt(waiting)
      assert.isTrue(Exit.hasInterrupts(yield* Thread.await(waiting)))
      const began = yield* Event.make()
      const firing = yield* Timer.start(
        Effect.onInterrupt(
          Effect.andThen(Event.set(began), Effect.never),
          () => Effect.sync(() => log.push("cleaned up"))
        ),
        0
      )
      yield* Event.wait(began)
      yield* Thread.interrupt(firing)
      assert.deepStrictEqual(log, ["cleaned up"])
    }).pipe(ThreadGroup.supervise))

  it.effect("a timer's scope is its own: what its effect acquires is released when it ends", () =>
    Effect.gen(function*() {
      const log: Array<string> = []
      const timer = yield* Timer.start(
        Effect.andThen(
          Effect.acquireRelease(Effect.void, () => Effect.sync(() => log.push("released"))),
          Effect.sync(() => log.push("body"))
        ),
        0
      )
      yield* Thread.join(timer)
      assert.deepStrictEqual(log, ["body", "released"])
    }).pipe(ThreadGroup.supervise))
})
