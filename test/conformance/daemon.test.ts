import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, Fiber, Scope } from "effect"
import { Event, Thread, ThreadGroup } from "effect-threading"
import { processTimeout, run } from "../support/run.ts"
import { untilState } from "../support/threads.ts"

const lines = (text: string) => text.trimEnd().split("\n")

describe("Daemon: which threads are", () => {
  it.effect("the text of a thread says daemon only if it is one [test_threading.ThreadTests.test_repr_daemon]", () =>
    Effect.gen(function*() {
      assert.notInclude(String(yield* Thread.make(Effect.void)), "daemon")
      assert.include(String(yield* Thread.make(Effect.void, { daemon: true })), "daemon")
    }).pipe(ThreadGroup.supervise))

  it.effect("a thread that main makes is a daemon only if it is told to be [test_threading.ThreadTests.test_daemon_param]", () =>
    Effect.gen(function*() {
      const threads = [
        yield* Thread.make(Effect.void),
        yield* Thread.make(Effect.void, { daemon: false }),
        yield* Thread.make(Effect.void, { daemon: true })
      ]
      assert.deepStrictEqual(threads.map((thread) => thread.daemon), [false, false, true])
    }).pipe(ThreadGroup.supervise))

  it.effect("a thread is a daemon if its maker is, unless it is told otherwise [doc:Daemon.inherit]", () =>
    Effect.gen(function*() {
      const makeThree = Effect.gen(function*() {
        const own = yield* Thread.make(Effect.void)
        const daemon = yield* Thread.make(Effect.void, { daemon: true })
        const plain = yield* Thread.make(Effect.void, { daemon: false })
        return [own.daemon, daemon.daemon, plain.daemon]
      })
      const inDaemon = yield* Thread.fork(makeThree, { daemon: true })
      const inPlain = yield* Thread.fork(makeThree)
      assert.deepStrictEqual(yield* Thread.join(inDaemon), [true, true, false])
      assert.deepStrictEqual(yield* Thread.join(inPlain), [false, true, false])
    }).pipe(ThreadGroup.supervise))

  it.effect("a daemon can be joined, and join waits for its end [doc:Daemon.join_daemon]", () =>
    Effect.gen(function*() {
      const gate = yield* Event.make()
      const daemon = yield* Thread.fork(Effect.as(Event.wait(gate), "ended"), { daemon: true })
      const joiner = yield* Effect.forkChild(Thread.join(daemon))
      yield* untilState(daemon, "Blocked")
      assert.isUndefined(joiner.pollUnsafe())
      yield* Event.set(gate)
      assert.strictEqual(yield* Fiber.join(joiner), "ended")
    }).pipe(ThreadGroup.supervise))
})

describe("Daemon: the end of the program", () => {
  it.live.each<[string, string, ReadonlyArray<string>, number]>([
    ["", "success", ["end of main", "end of thread", "daemon cleaned up"], 0],
    [", also if main fails", "failure", ["end of main", "end of thread", "daemon cleaned up"], 1]
  ])(
    "it ends when no non-daemon is left, and then interrupts the daemons%s [doc:Daemon.exit_condition]",
    ([, how, expected, code]) =>
      Effect.gen(function*() {
        const ended = yield* run(new URL("./programs/ends.ts", import.meta.url), { args: [how] })
        assert.deepStrictEqual(lines(ended.stdout), expected)
        assert.deepStrictEqual([ended.code, ended.stderr], [code, ""])
      }),
    processTimeout
  )

  it.live(
    "SIGINT interrupts main, threads and daemons, runs their finalizers, and exits 130",
    () =>
      Effect.gen(function*() {
        const ended = yield* run(new URL("./programs/ends.ts", import.meta.url), {
          args: ["sigint"],
          interruptAt: "ready"
        })
        const [first, ...rest] = lines(ended.stdout)
        assert.strictEqual(first, "ready")
        assert.deepStrictEqual(rest.toSorted(), ["daemon cleaned up", "main interrupted", "thread interrupted"])
        assert.deepStrictEqual([ended.code, ended.stderr], [130, ""])
      }),
    processTimeout
  )

  it.live(
    "a program that asks to exit waits for a thread that still sleeps [test_threading.ThreadTests.test_join_nondaemon_on_shutdown]",
    () =>
      Effect.gen(function*() {
        const ended = yield* run(new URL("./programs/exitRequest.ts", import.meta.url))
        assert.deepStrictEqual(ended, { code: 3, stdout: "end of main\nend of thread\n", stderr: "" })
      }),
    processTimeout
  )

  it.live(
    "the thread-locals of its threads are released before the program ends [test_threading.ThreadTests.test_finalization_shutdown]",
    () =>
      Effect.gen(function*() {
        const ended = yield* run(new URL("./programs/threadLocalAtExit.ts", import.meta.url))
        assert.deepStrictEqual(ended, { code: 0, stdout: "end of main\nend of thread\nreleased\n", stderr: "" })
      }),
    processTimeout
  )

  it.live(
    "a thread that joins main goes on when main ends, and may still start others that are waited for [test_threading.ThreadJoinOnShutdown.test_1_join_on_shutdown] [test_threading.ThreadJoinOnShutdown.test_thread_from_thread]",
    () =>
      Effect.gen(function*() {
        const ended = yield* run(new URL("./programs/joinMain.ts", import.meta.url))
        assert.deepStrictEqual(ended, { code: 0, stdout: "end of main\nend of thread\nOK\n", stderr: "" })
      }),
    processTimeout
  )

  it.live(
    "forty daemons in endless loops do not keep the program [test_threading.ThreadJoinOnShutdown.test_4_daemon_threads]",
    () =>
      Effect.gen(function*() {
        const ended = yield* run(new URL("./programs/daemonLoops.ts", import.meta.url))
        assert.deepStrictEqual(ended, { code: 0, stdout: "end of main\n", stderr: "" })
      }),
    processTimeout
  )

  it.live(
    "no thread can be started while the program shuts down [test_threading.ThreadTests.test_start_new_thread_at_finalization]",
    () =>
      Effect.gen(function*() {
        const ended = yield* run(new URL("./programs/startAtExit.ts", import.meta.url))
        assert.deepStrictEqual(ended, { code: 0, stdout: "refused\n", stderr: "" })
      }),
    processTimeout
  )

  it.live(
    "main's finalizers run at its end, last first, before its threads are waited for [test_threading.AtexitTests.test_atexit_output] [doc:Daemon.exit_hook_order]",
    () =>
      Effect.gen(function*() {
        const ended = yield* run(new URL("./programs/exitHooks.ts", import.meta.url))
        assert.deepStrictEqual(lines(ended.stdout), [
          "end of main",
          "registered last",
          "parrot",
          "registered first",
          "end of thread"
        ])
        assert.deepStrictEqual([ended.code, ended.stderr], [0, ""])
      }),
    processTimeout
  )

  it.effect("a finalizer runs once, also if its scope is closed early and again at the end [test_threading.AtexitTests.test_atexit_called_once]", () =>
    Effect.gen(function*() {
      let calls = 0
      const during = yield* Effect.gen(function*() {
        const scope = yield* Scope.make()
        yield* Effect.addFinalizer((exit) => Scope.close(scope, exit))
        yield* Scope.addFinalizer(scope, Effect.sync(() => calls++))
        const before = calls
        yield* Scope.close(scope, Exit.void)
        return [before, calls]
      }).pipe(Effect.scoped, ThreadGroup.supervise)
      assert.deepStrictEqual([...during, calls], [0, 1, 1])
    }))
})
