import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Option } from "effect"
import * as Threading from "effect-threading"
import { Event, Lock, Thread, ThreadGroup } from "effect-threading"
import { readdirSync } from "node:fs"
import { processTimeout, run } from "../support/run.ts"
import { defectOf, untilState } from "../support/threads.ts"

const idents = (threads: ReadonlyArray<Thread.Any>) => threads.map((thread) => thread.ident)

describe("Thread: names", () => {
  it.effect("a given name is used as it is, an empty or missing one becomes Thread-N [test_threading.ThreadTests.test_name]", () =>
    Effect.gen(function*() {
      const given = yield* Thread.make(Effect.void, { name: "myname" })
      const number = yield* Thread.make(Effect.void, { name: String(123) })
      const missing = yield* Thread.make(Effect.void)
      const empty = yield* Thread.make(Effect.void, { name: "" })
      assert.deepStrictEqual([given.name, number.name], ["myname", "123"])
      assert.match(missing.name, /^Thread-\d+$/)
      const n = Number(missing.name.slice("Thread-".length))
      assert.strictEqual(empty.name, `Thread-${n + 1}`)
    }).pipe(ThreadGroup.supervise))

  it.live(
    "automatic names count from 1, and only those who need one [doc:Thread.name_counter]",
    () =>
      Effect.gen(function*() {
        const { stdout } = yield* run(new URL("./programs/names.ts", import.meta.url))
        assert.deepStrictEqual(stdout.trim().split("\n"), [
          "MainThread",
          "Thread-1",
          "given",
          "Thread-2",
          "Thread-3",
          "timer",
          "Thread-4"
        ])
      }),
    processTimeout
  )
})

describe("Thread: identity", () => {
  it.effect("main is MainThread, and another thread than those it starts [test_threading.ThreadTests.test_main_thread]", () =>
    Effect.gen(function*() {
      const main = yield* Thread.main
      assert.strictEqual(main.name, "MainThread")
      assert.strictEqual(main.ident, (yield* Thread.current).ident)
      const [seenMain, seenCurrent] = yield* Thread.join(
        yield* Thread.fork(Effect.all([Thread.main, Thread.current]))
      )
      assert.strictEqual(seenMain, main)
      assert.notStrictEqual(seenMain.ident, seenCurrent.ident)
    }).pipe(ThreadGroup.supervise))

  it.effect("main is alive and no daemon, and can be neither started nor joined by itself [doc:Thread.main_thread_props]", () =>
    Effect.gen(function*() {
      const main = yield* Thread.main
      assert.deepStrictEqual([main.name, main.daemon, yield* Thread.isAlive(main)], ["MainThread", false, true])
      // @ts-expect-error main was started long ago, so this does not compile either
      const again = Thread.start(main)
      assert.instanceOf(yield* defectOf(again), Thread.ThreadAlreadyStartedError)
      assert.instanceOf(yield* defectOf(Thread.join(main)), Thread.ThreadJoinsItselfError)
      const inside = yield* Thread.fork(ThreadGroup.supervise(Effect.map(Thread.main, (main) => main.daemon)), {
        daemon: true
      })
      assert.isFalse(yield* Thread.join(inside))
    }).pipe(ThreadGroup.supervise))

  it.effect("current is the very thread that was started, and on main it is main [doc:Thread.current_thread_identity]", () =>
    Effect.gen(function*() {
      const unstarted = yield* Thread.make(Thread.current)
      const thread = yield* Thread.start(unstarted)
      const seen = yield* Thread.join(thread)
      assert.strictEqual(seen, thread)
      assert.strictEqual<Thread.Any>(seen, unstarted)
      assert.strictEqual(yield* Thread.current, yield* Thread.main)
    }).pipe(ThreadGroup.supervise))

  it.effect("a fiber that is no thread has the ident of the thread that it works for [test_threading.ThreadTests.test_ident_of_no_threading_threads]", () =>
    Effect.gen(function*() {
      const ident = Effect.map(Thread.current, (thread) => thread.ident)
      assert.isAbove((yield* Thread.main).ident, 0)
      const insideOne = Effect.gen(function*() {
        const helper = yield* Effect.forkChild(ident)
        const [timed] = yield* Effect.all([Effect.timeout(ident, "1 second"), Effect.void], { concurrency: 2 })
        return [yield* Fiber.join(helper), timed]
      })
      const thread = yield* Thread.fork(insideOne)
      assert.deepStrictEqual(yield* Thread.join(thread), [thread.ident, thread.ident])
      assert.deepStrictEqual(yield* insideOne, [yield* ident, yield* ident])
    }).pipe(ThreadGroup.supervise))

  it.effect("idents are numbers other than 0, and no two threads have the same [doc:Thread.get_ident_nonzero]", () =>
    Effect.gen(function*() {
      const gate = yield* Event.make()
      const threads = yield* Effect.forEach(
        Array.from({ length: 20 }),
        () => Thread.fork(Effect.flatMap(Thread.current, (self) => Effect.as(Event.wait(gate), self.ident)))
      )
      yield* Event.set(gate)
      const seen = yield* Effect.forEach(threads, Thread.join)
      for (const ident of seen) assert.isTrue(Number.isSafeInteger(ident) && ident !== 0)
      assert.strictEqual(new Set([...seen, (yield* Thread.main).ident]).size, 21)
    }).pipe(ThreadGroup.supervise))

  it.live(
    "the native id is the OS thread's, and idents differ across OS threads [doc:Thread.get_native_id]",
    () =>
      Effect.gen(function*() {
        const { stdout } = yield* run(new URL("./programs/nativeIds.ts", import.meta.url))
        const seen: ReadonlyArray<
          { readonly native: number; readonly expected: number; readonly idents: Array<number> }
        > = JSON.parse(stdout)
        assert.strictEqual(seen.length, 3)
        for (const { expected, native } of seen) assert.strictEqual(native, expected)
        assert.strictEqual(new Set(seen.map(({ native }) => native)).size, 3)
        assert.strictEqual(new Set(seen.flatMap(({ idents }) => idents)).size, 6)
      }),
    processTimeout
  )
})

describe("Thread: enumerate", () => {
  it.effect("a thread that was joined is not enumerated any more [test_threading.ThreadTests.test_enumerate_after_join]", () =>
    Effect.gen(function*() {
      for (let i = 1; i < 100; i++) {
        const thread = yield* Thread.fork(Effect.void)
        yield* Thread.join(thread)
        assert.notInclude(yield* Thread.enumerate, thread)
      }
    }).pipe(ThreadGroup.supervise))

  it.effect("enumerate has main, threads and daemons that live, and as many as activeCount says [doc:Thread.enumerate_contents]", () =>
    Effect.gen(function*() {
      const main = yield* Thread.main
      assert.deepStrictEqual(yield* Thread.enumerate, [main])
      assert.strictEqual(yield* Thread.activeCount, 1)
      const gate = yield* Event.make()
      const finished = yield* Thread.fork(Effect.void)
      yield* Thread.join(finished)
      yield* Thread.make(Effect.void)
      const thread = yield* Thread.fork(Event.wait(gate))
      const daemon = yield* Thread.fork(Event.wait(gate), { daemon: true })
      assert.deepStrictEqual(idents(yield* Thread.enumerate), idents([main, thread, daemon]))
      assert.strictEqual(yield* Thread.activeCount, 3)
      yield* Event.set(gate)
      yield* Thread.join(thread)
      yield* Thread.join(daemon)
      assert.strictEqual(yield* Thread.activeCount, 1)
    }).pipe(ThreadGroup.supervise))

  it.effect("enumerate gives a list of its own each time [doc:Thread.enumerate_snapshot]", () =>
    Effect.gen(function*() {
      const list = (yield* Thread.enumerate) as Array<Thread.Thread<unknown, unknown>>
      const before = list.length
      list.length = 0
      assert.strictEqual((yield* Thread.enumerate).length, before)
      assert.strictEqual(yield* Thread.activeCount, before)
    }).pipe(ThreadGroup.supervise))

  it.effect("the count of threads goes up by one for one that is blocked, and back when it ends [test_thread.ThreadRunningTests.test__count]", () =>
    Effect.gen(function*() {
      const lock = yield* Lock.make()
      const before = yield* Thread.activeCount
      yield* Lock.acquire(lock)
      const thread = yield* Thread.fork(Lock.withLock(lock, Effect.void))
      yield* untilState(thread, "Blocked")
      assert.strictEqual(yield* Thread.activeCount, before + 1)
      yield* Lock.release(lock)
      yield* Thread.join(thread)
      assert.strictEqual(yield* Thread.activeCount, before)
    }).pipe(ThreadGroup.supervise))

  it.effect("while the program cleans up at its end, main is current and the only thread [test_threading.ThreadTests.test_main_thread_during_shutdown]", () =>
    Effect.gen(function*() {
      const seen: Array<unknown> = []
      const main = yield* Effect.gen(function*() {
        yield* Effect.addFinalizer(() =>
          Effect.gen(function*() {
            seen.push(yield* Thread.current, yield* Thread.main, ...yield* Thread.enumerate)
          })
        )
        yield* Thread.join(yield* Thread.fork(Effect.void))
        return yield* Thread.main
      }).pipe(Effect.scoped, ThreadGroup.supervise)
      assert.deepStrictEqual(seen, [main, main, main])
      assert.isTrue(Option.isNone(yield* Thread.currentOption))
    }))
})

describe("The package", () => {
  it("exports each of its modules by name, whole, and nothing else [test_threading.MiscTestCase.test__all__]", async () => {
    const files = readdirSync(new URL("../../src", import.meta.url)).filter((name) => name.endsWith(".ts"))
    const names = files.map((name) => name.slice(0, -".ts".length)).filter((name) => name !== "index")
    const modules: Readonly<Record<string, object>> = { ...Threading }
    assert.deepStrictEqual(Object.keys(modules).toSorted(), names.toSorted())
    for (const name of names) {
      const own: object = await import(`effect-threading/${name}`)
      assert.deepStrictEqual(Object.keys(modules[name]!), Object.keys(own))
    }
    for (const [module, name] of pythonNames) assert.property(modules[module], name)
  })
})

/** `threading.__all__`, but for what Python keeps for tracing and stack sizes. */
const pythonNames: ReadonlyArray<readonly [keyof typeof Threading, string]> = [
  ["Thread", "current"], // get_ident, current_thread
  ["Thread", "activeCount"],
  ["Condition", "make"],
  ["Thread", "enumerate"],
  ["Thread", "main"],
  ["Event", "make"],
  ["Lock", "make"],
  ["RLock", "make"],
  ["Semaphore", "make"],
  ["Semaphore", "makeBounded"],
  ["Thread", "make"],
  ["Barrier", "make"],
  ["Barrier", "BrokenBarrierError"],
  ["Timer", "start"],
  ["Lock", "LockNotHeldError"], // ThreadError
  ["Thread", "ExceptHook"], // excepthook, ExceptHookArgs
  ["ThreadLocal", "make"], // local
  ["Thread", "nativeId"] // get_native_id
]
