import { assert, describe, it } from "@effect/vitest"
import { Cause, Effect, Exit, Logger, Option, References, Scope, Stream } from "effect"
import { Barrier, Condition, Event, Lock, RLock, Semaphore, Thread, ThreadGroup } from "effect-threading"
import { TestClock } from "effect/testing"
import { defectOf, until, untilState } from "./support/threads.ts"

const noHook = Effect.provideService(Thread.ExceptHook, () => Effect.void)

/** The states of a thread, as they come. */
const watch = (thread: Thread.Unstarted<unknown, unknown>) =>
  Effect.gen(function*() {
    const seen: Array<Thread.State> = []
    yield* Effect.forkChild(Stream.runForEach(Thread.changes(thread), (state) => Effect.sync(() => seen.push(state))))
    yield* until(Effect.sync(() => seen.length > 0))
    return seen
  })

const short = (state: Thread.State): string => state._tag === "Blocked" ? `Blocked on ${state.on.kind}` : state._tag

describe("Thread states", () => {
  it.effect("a thread goes through its life in order, and changes tells each state until it ends", () =>
    Effect.gen(function*() {
      const lock = yield* Lock.make()
      const event = yield* Event.make()
      const other = yield* Thread.fork(Event.wait(yield* Event.make()), { daemon: true, name: "other" })
      const thread = yield* Thread.make(
        Effect.gen(function*() {
          yield* Lock.withLock(lock, Effect.void)
          yield* Event.wait(event)
          yield* Effect.sleep("1 second")
          yield* Thread.await(other)
          return "result"
        }),
        { name: "watched", daemon: true }
      )
      const seen = yield* watch(thread)
      yield* Lock.acquire(lock)
      const started = yield* Thread.start(thread)
      yield* untilState(started, "Blocked")
      yield* Lock.release(lock)
      yield* until(Effect.map(Thread.state(started), (state) => short(state) === "Blocked on Event"))
      yield* Event.set(event)
      yield* until(Effect.map(Thread.state(started), (state) => short(state) === "Blocked on Async"))
      yield* TestClock.adjust("1 second")
      yield* until(Effect.map(Thread.state(started), (state) => short(state) === "Blocked on Thread"))
      yield* Thread.interrupt(other)
      yield* Thread.join(started)
      yield* until(Effect.sync(() => seen.at(-1)?._tag === "Terminated"))
      assert.deepStrictEqual(compact(seen.map(short)), [
        "New",
        "Runnable",
        "Running",
        "Blocked on Lock",
        "Running",
        "Blocked on Event",
        "Running",
        "Blocked on Async",
        "Running",
        "Blocked on Thread",
        "Running",
        "Terminated"
      ])
      assert.deepStrictEqual(seen.at(-1), { _tag: "Terminated", exit: Exit.succeed("result") })
    }).pipe(ThreadGroup.supervise))

  it.effect("changes tells of a wait also if it ends before anybody looks", () =>
    Effect.gen(function*() {
      const lock = yield* Lock.make()
      const thread = yield* Thread.make(Lock.withLock(lock, Effect.void))
      const seen = yield* watch(thread)
      yield* Lock.acquire(lock)
      const started = yield* Thread.start(thread)
      // The thread takes its first step, and this one goes on in the same turn of the scheduler.
      yield* Effect.yieldNow
      yield* Lock.release(lock)
      yield* Thread.join(started)
      yield* until(Effect.sync(() => seen.at(-1)?._tag === "Terminated"))
      assert.deepStrictEqual(compact(seen.map(short)), [
        "New",
        "Runnable",
        "Running",
        "Blocked on Lock",
        "Running",
        "Terminated"
      ])
    }).pipe(ThreadGroup.supervise))

  it.effect("state tells New before the start, Runnable after it, and Running to the thread itself", () =>
    Effect.gen(function*() {
      const self = yield* Thread.make(Effect.flatMap(Thread.current, Thread.state))
      assert.deepStrictEqual(yield* Thread.state(self), { _tag: "New" })
      const thread = yield* Thread.start(self)
      assert.deepStrictEqual(yield* Thread.state(thread), { _tag: "Runnable" })
      assert.deepStrictEqual(yield* Thread.join(thread), { _tag: "Running" })
      assert.deepStrictEqual(yield* Effect.flatMap(Thread.main, Thread.state), { _tag: "Running" })
    }).pipe(ThreadGroup.supervise))

  it.effect("a thread that has yielded is Runnable", () =>
    Effect.gen(function*() {
      const yielding = yield* Event.make()
      const thread = yield* Thread.fork(Effect.andThen(Event.set(yielding), Effect.forever(Effect.yieldNow)), {
        daemon: true
      })
      yield* Event.wait(yielding)
      assert.deepStrictEqual(yield* Thread.state(thread), { _tag: "Runnable" })
      yield* Effect.yieldNow
      assert.deepStrictEqual(yield* Thread.state(thread), { _tag: "Runnable" })
    }).pipe(ThreadGroup.supervise))

  it.effect("a thread is Blocked on what it waits for, of whatever kind", () =>
    Effect.gen(function*() {
      const [lock, rlock, condition] = [yield* Lock.make(), yield* RLock.make(), yield* Condition.make()]
      const [semaphore, event] = [yield* Semaphore.make(0), yield* Event.make()]
      const barrier = yield* Barrier.make(2)
      yield* Lock.acquire(lock)
      yield* RLock.acquire(rlock)
      const main = yield* Thread.main
      const waits: ReadonlyArray<
        readonly [string, string | undefined, Effect.Effect<unknown, unknown, ThreadGroup.ThreadGroup>]
      > = [
        ["Lock", "MainThread", Lock.withLock(lock, Effect.void)],
        ["RLock", "MainThread", RLock.withLock(rlock, Effect.void)],
        ["Semaphore", undefined, Semaphore.withPermit(semaphore, Effect.void)],
        ["Event", undefined, Event.wait(event)],
        ["Condition", undefined, Condition.withLock(condition, Condition.wait(condition))],
        ["Barrier", undefined, Barrier.wait(barrier)],
        ["Thread", undefined, Thread.join(main)],
        ["Async", undefined, Effect.sleep("1 second")],
        ["Async", undefined, Effect.never],
        // On a fiber of its own, which waits for this thread all the same.
        ["Event", undefined, Effect.timeout(Event.wait(event), "1 second")]
      ]
      for (const [kind, holder, wait] of waits) {
        const thread = yield* Thread.fork(wait, { daemon: true })
        yield* untilState(thread, "Blocked")
        const state = yield* Thread.state(thread)
        assert.deepStrictEqual(state._tag === "Blocked" ? [state.on.kind, state.on.holder] : state._tag, [kind, holder])
        yield* Thread.interrupt(thread)
      }
    }).pipe(ThreadGroup.supervise))

  it.effect("the changes of a thread that has ended are its end", () =>
    Effect.gen(function*() {
      const thread = yield* Thread.fork(Effect.fail("boom"))
      yield* Thread.await(thread)
      assert.deepStrictEqual(yield* Stream.runCollect(Thread.changes(thread)), [
        { _tag: "Terminated", exit: Exit.fail("boom") }
      ])
    }).pipe(ThreadGroup.supervise, noHook))

  it.effect("who stops listening to changes leaves the others listening", () =>
    Effect.gen(function*() {
      const gate = yield* Event.make()
      const unstarted = yield* Thread.make(Event.wait(gate))
      const seen = yield* watch(unstarted)
      assert.deepStrictEqual(yield* Stream.runCollect(Stream.take(Thread.changes(unstarted), 1)), [{ _tag: "New" }])
      const thread = yield* Thread.start(unstarted)
      yield* Event.set(gate)
      yield* Thread.join(thread)
      yield* until(Effect.sync(() => seen.at(-1)?._tag === "Terminated"))
    }).pipe(ThreadGroup.supervise))
})

describe("Thread misuse", () => {
  it.effect("a second start dies and names the thread", () =>
    Effect.gen(function*() {
      const unstarted = yield* Thread.make(Effect.void, { name: "once" })
      yield* Thread.start(unstarted)
      const defect = yield* defectOf(Thread.start(unstarted))
      assert.deepStrictEqual(defect, new Thread.ThreadAlreadyStartedError({ thread: "once" }))
    }).pipe(ThreadGroup.supervise))

  it.effect("a fork into a region that has ended dies, and its effect does not run", () =>
    Effect.gen(function*() {
      let ran = false
      const context = yield* ThreadGroup.supervise(Effect.context<ThreadGroup.ThreadGroup>())
      const late = Thread.fork(
        Effect.sync(() => {
          ran = true
        }),
        { name: "late" }
      )
      const defect = yield* defectOf(Effect.provideContext(late, context))
      assert.deepStrictEqual(defect, new Thread.ThreadGroupClosedError({ thread: "late" }))
      yield* Effect.yieldNow
      assert.isFalse(ran)
    }))

  it.effect("joining a thread that was interrupted dies, and does not interrupt who joins", () =>
    Effect.gen(function*() {
      const thread = yield* Thread.fork(Effect.never, { name: "stopped" })
      const joiner = yield* Thread.fork(defectOf(Thread.join(thread)))
      yield* untilState(joiner, "Blocked")
      yield* Thread.interrupt(thread)
      const expected = new Thread.ThreadInterruptedError({ ident: thread.ident, name: "stopped" })
      assert.deepStrictEqual(yield* Thread.join(joiner), expected)
      assert.deepStrictEqual(yield* defectOf(Thread.join(thread)), expected)
      assert.isTrue(Exit.hasInterrupts(yield* Thread.await(thread)))
    }).pipe(ThreadGroup.supervise))

  it.effect("joining a thread that failed while it was interrupted tells the failure alone", () =>
    Effect.gen(function*() {
      const thread = yield* Thread.fork(Effect.ensuring(Effect.never, Effect.die("cleanup failed")))
      yield* untilState(thread, "Blocked")
      yield* Thread.interrupt(thread)
      const exit = yield* Effect.exit(Thread.join(thread))
      assert.deepStrictEqual(exit, Exit.die("cleanup failed"))
    }).pipe(ThreadGroup.supervise, noHook))

  it.effect("joining oneself dies, also from a helper fiber of the thread", () =>
    Effect.gen(function*() {
      const joinMyself = Effect.flatMap(Thread.current, (self) => Effect.timeout(Thread.join(self), "1 second"))
      const thread = yield* Thread.fork(defectOf(joinMyself))
      assert.deepStrictEqual(
        yield* Thread.join(thread),
        new Thread.ThreadJoinsItselfError({ ident: thread.ident, name: thread.name })
      )
    }).pipe(ThreadGroup.supervise))
})

describe("Thread", () => {
  it.effect("join fails as the thread failed, with its types", () =>
    Effect.gen(function*() {
      const thread: Thread.Thread<number, "boom"> = yield* Thread.fork(
        Effect.succeed(1).pipe(Effect.andThen(Effect.fail("boom" as const)))
      )
      assert.strictEqual(yield* Effect.flip(Thread.join(thread)), "boom")
      const nothing = yield* Thread.fork(Effect.fail(undefined))
      assert.deepStrictEqual(yield* Effect.exit(Thread.join(nothing)), Exit.fail(undefined))
    }).pipe(ThreadGroup.supervise, noHook))

  it.effect("interrupt waits until the thread's finalizers have run", () =>
    Effect.gen(function*() {
      const log: Array<string> = []
      const cleanUp = Effect.gen(function*() {
        log.push("cleaning up")
        yield* Effect.yieldNow
        log.push("cleaned up")
      })
      const thread = yield* Thread.fork(Effect.ensuring(Effect.never, cleanUp))
      yield* untilState(thread, "Blocked")
      yield* Thread.interrupt(thread)
      log.push("interrupted")
      assert.deepStrictEqual(log, ["cleaning up", "cleaned up", "interrupted"])
    }).pipe(ThreadGroup.supervise))

  it.effect("a thread has a scope of its own: what it acquires goes when it ends, not with its maker's", () =>
    Effect.gen(function*() {
      const log: Array<string> = []
      const gate = yield* Event.make()
      const scope = yield* Scope.make()
      const thread = yield* Thread.fork(Effect.gen(function*() {
        yield* Effect.acquireRelease(Effect.void, () => Effect.sync(() => log.push("released")))
        yield* Event.wait(gate)
        log.push("body ends")
      })).pipe(Scope.provide(scope))
      yield* untilState(thread, "Blocked")
      yield* Scope.close(scope, Exit.void)
      assert.deepStrictEqual(log, [])
      yield* Event.set(gate)
      yield* Thread.join(thread)
      assert.deepStrictEqual(log, ["body ends", "released"])
    }).pipe(ThreadGroup.supervise))

  it.effect("a thread's log lines and spans carry its name, and its maker's do not", () =>
    Effect.gen(function*() {
      const names: Array<unknown> = []
      const logger = Logger.make(({ fiber }) => {
        names.push(fiber.getRef(References.CurrentLogAnnotations)["thread"])
      })
      const attributes = Effect.map(Effect.currentSpan, (span) => span.attributes.get("thread.name")).pipe(
        Effect.withSpan("work")
      )
      yield* Effect.gen(function*() {
        const thread = yield* Thread.fork(Effect.andThen(Effect.log("inside"), attributes), { name: "worker" })
        assert.strictEqual(yield* Thread.join(thread), "worker")
        yield* Effect.log("on main")
        assert.strictEqual(yield* attributes, "MainThread")
      }).pipe(ThreadGroup.supervise, Effect.provide(Logger.layer([logger])))
      assert.deepStrictEqual(names, ["worker", "MainThread"])
    }).pipe(Effect.orDie))

  it.effect("outside of every region there is no thread", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* Thread.currentOption, Option.none())
      const inside = yield* ThreadGroup.supervise(Effect.all([Thread.currentOption, Thread.current]))
      assert.strictEqual(Option.getOrThrow(inside[0]), inside[1])
    }))

  it.effect("the hook's own defect changes nothing for those who join", () =>
    Effect.gen(function*() {
      const thread = yield* Thread.fork(Effect.fail("boom"))
      assert.deepStrictEqual(yield* Thread.await(thread), Exit.fail("boom"))
    }).pipe(ThreadGroup.supervise, Effect.provideService(Thread.ExceptHook, () => Effect.die("hook"))))

  it.effect("a thread that is interrupted before its first step ends without running", () =>
    Effect.gen(function*() {
      let ran = false
      const thread = yield* Thread.fork(Effect.sync(() => {
        ran = true
      }))
      yield* Thread.interrupt(thread)
      const exit = yield* Thread.await(thread)
      assert.isTrue(Exit.isFailure(exit) && Cause.hasInterruptsOnly(exit.cause))
      assert.isFalse(ran)
    }).pipe(ThreadGroup.supervise))
})

/** Without Runnable between a wait and the next step, which depends on who wakes whom. */
const compact = (states: ReadonlyArray<string>) =>
  states.filter((state, i) => state !== "Runnable" || states[i - 1] === "New")
