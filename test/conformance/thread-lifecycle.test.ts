import { assert, describe, it } from "@effect/vitest"
import { Context, Effect, Exit } from "effect"
import { Event, Lock, RLock, Semaphore, Thread, ThreadGroup } from "effect-threading"
import { processTimeout, run } from "../support/run.ts"
import { defectOf, until, untilState } from "../support/threads.ts"

describe("Thread: start, run, end", () => {
  it.effect("ten threads share a bounded semaphore, and tell by their text and ident that they ended [test_threading.ThreadTests.test_various_ops]", () =>
    Effect.gen(function*() {
      const semaphore = yield* Semaphore.makeBounded(3)
      const mutex = yield* RLock.make()
      let running = 0
      const seen: Array<number> = []
      const change = (by: number) =>
        RLock.withLock(
          mutex,
          Effect.gen(function*() {
            const before = running
            yield* Effect.yieldNow
            running = before + by
            seen.push(running)
          })
        )
      const task = Semaphore.withPermit(
        semaphore,
        Effect.gen(function*() {
          yield* change(1)
          yield* Effect.yieldNow
          yield* change(-1)
        })
      )
      const unstarted = yield* Effect.forEach(Array.from({ length: 10 }), () => Thread.make(task))
      for (const thread of unstarted) assert.include(String(thread), "New")
      const threads = yield* Effect.forEach(unstarted, Thread.start)
      for (const thread of threads) {
        yield* Thread.join(thread)
        assert.isFalse(yield* Thread.isAlive(thread))
        assert.include(String(thread), "Terminated")
        assert.include(String(thread), String(thread.ident))
        assert.notStrictEqual(thread.ident, 0)
      }
      assert.strictEqual(seen.length, 20)
      assert.strictEqual(Math.max(...seen), 3)
      assert.strictEqual(Math.min(...seen), 0)
      // They share an OS thread, and so its native id; what tells them apart is their ident.
      const main = yield* Thread.main
      assert.strictEqual(new Set([main, ...threads].map((thread) => thread.ident)).size, 11)
    }).pipe(ThreadGroup.supervise))

  it.effect("ten started threads all run, and the last one wakes who waits [test_thread.ThreadRunningTests.test_starting_threads]", () =>
    Effect.gen(function*() {
      const mutex = yield* Lock.make()
      const done = yield* Lock.make()
      let left = 10
      let ran = 0
      yield* Lock.acquire(done)
      const task = Effect.gen(function*() {
        yield* Effect.yieldNow
        ran++
        yield* Lock.withLock(
          mutex,
          Effect.gen(function*() {
            const before = left
            yield* Effect.yieldNow
            left = before - 1
            if (left === 0) yield* Lock.release(done)
          })
        )
      })
      for (let i = 0; i < 10; i++) yield* Thread.fork(task)
      yield* Lock.acquire(done)
      assert.deepStrictEqual([left, ran], [0, 10])
    }).pipe(ThreadGroup.supervise))

  it.effect("a thread is alive from its start to its end, and not before or after [doc:Thread.is_alive_unstarted]", () =>
    Effect.gen(function*() {
      const gate = yield* Event.make()
      const unstarted = yield* Thread.make(Event.wait(gate))
      assert.isFalse(yield* Thread.isAlive(unstarted))
      const thread = yield* Thread.start(unstarted)
      assert.isTrue(yield* Thread.isAlive(thread))
      yield* untilState(thread, "Blocked")
      assert.isTrue(yield* Thread.isAlive(thread))
      yield* Event.set(gate)
      yield* Thread.join(thread)
      assert.isFalse(yield* Thread.isAlive(thread))
    }).pipe(ThreadGroup.supervise))

  it.effect("when start returns the thread is alive and enumerated [doc:Thread.start_waits_for_started]", () =>
    Effect.gen(function*() {
      const gate = yield* Event.make()
      const thread = yield* Thread.start(yield* Thread.make(Event.wait(gate)))
      assert.isTrue(yield* Thread.isAlive(thread))
      assert.include(yield* Thread.enumerate, thread)
      yield* Event.set(gate)
    }).pipe(ThreadGroup.supervise))

  it.effect("the text of a thread says that it has ended without anybody asking or joining [test_threading.ThreadTests.test_repr_stopped]", () =>
    Effect.gen(function*() {
      const gate = yield* Event.make()
      const thread = yield* Thread.fork(Event.wait(gate))
      yield* until(Effect.sync(() => String(thread).includes("Blocked")))
      yield* Event.set(gate)
      yield* until(Effect.sync(() => String(thread).includes("Terminated")))
    }).pipe(ThreadGroup.supervise))

  it.effect("a thread with nothing to do starts and ends normally [doc:Thread.no_target]", () =>
    Effect.gen(function*() {
      const thread = yield* Thread.fork(Effect.void)
      assert.deepStrictEqual(yield* Thread.await(thread), Exit.void)
    }).pipe(ThreadGroup.supervise))

  it.effect("an effect is run whatever it yields, also what is falsy [test_threading.ThreadTests.test_boolean_target]", () =>
    Effect.gen(function*() {
      for (const value of [false, 0, "", null, undefined, Number.NaN]) {
        let ran = 0
        const thread = yield* Thread.fork(Effect.sync(() => {
          ran++
          return value
        }))
        assert.deepStrictEqual(yield* Thread.join(thread), value)
        const failing = yield* Thread.fork(Effect.suspend(() => {
          ran++
          return Effect.fail(value)
        }))
        assert.deepStrictEqual(yield* Effect.flip(Thread.join(failing)), value)
        assert.strictEqual(ran, 2)
      }
    }).pipe(ThreadGroup.supervise, Effect.provideService(Thread.ExceptHook, () => Effect.void)))

  it.effect("a thread reads what its effect refers to when it runs, not when it was made [doc:Thread.mutating_args_after_construction]", () =>
    Effect.gen(function*() {
      const args = [1]
      const unstarted = yield* Thread.make(Effect.sync(() => [...args]))
      args.push(2)
      assert.deepStrictEqual(yield* Thread.join(yield* Thread.start(unstarted)), [1, 2])
    }).pipe(ThreadGroup.supervise))

  it.effect("a subclass that overrides the effect of a thread has that one run [doc:Thread.run_override]", () =>
    Effect.gen(function*() {
      class Worker {
        readonly log: Array<string> = []
        run(): Effect.Effect<number> {
          return Effect.sync(() => this.log.push("target"))
        }
        start() {
          return Thread.fork(Effect.suspend(() => this.run()))
        }
      }
      class Other extends Worker {
        override run() {
          return Effect.sync(() => this.log.push("instead"))
        }
      }
      const worker = new Other()
      yield* Thread.join(yield* worker.start())
      assert.deepStrictEqual(worker.log, ["instead"])
    }).pipe(ThreadGroup.supervise))

  it.effect("an effect that is run directly runs on the caller's thread and starts no other [doc:Thread.run_directly]", () =>
    Effect.gen(function*() {
      const main = yield* Thread.main
      const unstarted = yield* Thread.make(Thread.current)
      assert.strictEqual(yield* Thread.current, main)
      assert.strictEqual((yield* Thread.state(unstarted))._tag, "New")
      const thread = yield* Thread.start(unstarted)
      const ranOn = yield* Thread.join(thread)
      assert.notStrictEqual(ranOn, main)
      assert.strictEqual(ranOn, thread)
    }).pipe(ThreadGroup.supervise))

  it.effect("a thread runs in the context of its maker, or in the one it is given [doc:3.14:Thread.context_param]", () =>
    Effect.gen(function*() {
      const read = Effect.gen(function*() {
        return yield* Colour
      })
      const own = yield* Effect.provideService(Thread.fork(read), Colour, "red")
      const given = yield* Thread.fork(Effect.provideService(read, Colour, "blue"))
      const plain = yield* Thread.fork(read)
      assert.deepStrictEqual(
        [yield* Thread.join(own), yield* Thread.join(given), yield* Thread.join(plain), yield* read],
        ["red", "blue", "none", "none"]
      )
    }).pipe(ThreadGroup.supervise))

  it.effect("a thread in a tight loop sees the flag that main sets [test_threading.InterruptMainTests.test_can_interrupt_tight_loops]", () =>
    Effect.gen(function*() {
      let isStopped = false
      let turns = 0
      const spin: Effect.Effect<string> = Effect.suspend(() => {
        turns++
        return isStopped ? Effect.succeed("saw it") : spin
      })
      const thread = yield* Thread.fork(spin)
      yield* until(Effect.sync(() => turns > 0))
      isStopped = true
      assert.strictEqual(yield* Thread.join(thread), "saw it")
    }).pipe(ThreadGroup.supervise))

  it.live(
    "unbounded recursion is an error of its thread, which may catch it, and the program goes on [test_threading.ThreadingExceptionTests.test_recursion_limit]",
    () =>
      Effect.gen(function*() {
        const { code, stdout } = yield* run(new URL("./programs/recursion.ts", import.meta.url))
        assert.deepStrictEqual(stdout.trim().split("\n"), ["caught RangeError", "uncaught RangeError", "end of main"])
        assert.strictEqual(code, 0)
      }),
    processTimeout
  )
})

describe("Thread: a start that fails", () => {
  it.effect("a second start dies, and the first run is not affected [test_threading.ThreadingExceptionTests.test_start_thread_again] [test_thread.ThreadRunningTests.test_start_duplicate_handle]", () =>
    Effect.gen(function*() {
      let runs = 0
      const gate = yield* Event.make()
      const unstarted = yield* Thread.make(Effect.andThen(Event.wait(gate), Effect.sync(() => ++runs)))
      const thread = yield* Thread.start(unstarted)
      assert.instanceOf(yield* defectOf(Thread.start(unstarted)), Thread.ThreadAlreadyStartedError)
      assert.isTrue(yield* Thread.isAlive(thread))
      yield* Event.set(gate)
      assert.strictEqual(yield* Thread.join(thread), 1)
      assert.instanceOf(yield* defectOf(Thread.start(unstarted)), Thread.ThreadAlreadyStartedError)
      assert.strictEqual(runs, 1)
    }).pipe(ThreadGroup.supervise))

  it.effect("a thread that could not be launched is not among the live ones, and may be started again [test_threading.ThreadTests.test_limbo_cleanup] [doc:Thread.start_failure_is_retryable]", () =>
    Effect.gen(function*() {
      let ran = false
      const report = yield* Effect.gen(function*() {
        const report: Array<unknown> = []
        const listening = yield* Event.make()
        const late = yield* Thread.make(Effect.sync(() => {
          ran = true
        }))
        const atTheEnd = Effect.gen(function*() {
          report.push(yield* defectOf(Thread.start(late)))
          report.push(yield* Thread.isAlive(late), (yield* Thread.state(late))._tag)
          report.push((yield* Thread.enumerate).some((thread) => thread.ident === late.ident))
          // Refused for the same reason, and not as a second start.
          report.push(yield* defectOf(Thread.start(late)))
        })
        yield* Thread.fork(
          Effect.onInterrupt(Effect.andThen(Event.set(listening), Effect.never), () => atTheEnd),
          { daemon: true }
        )
        yield* Event.wait(listening)
        return report
      }).pipe(ThreadGroup.supervise)
      assert.instanceOf(report[0], Thread.ThreadGroupClosedError)
      assert.deepStrictEqual(report.slice(1, 4), [false, "New", false])
      assert.instanceOf(report[4], Thread.ThreadGroupClosedError)
      assert.isFalse(ran)
    }))
})

const Colour = Context.Reference<string>("test/Colour", { defaultValue: () => "none" })
