import { assert, describe, it } from "@effect/vitest"
import { Cause, Effect, Exit, Logger } from "effect"
import { Event, Future, Thread, ThreadGroup, ThreadPoolExecutor } from "effect-threading"
import { processTimeout, run } from "../support/run.ts"
import { untilState } from "../support/threads.ts"

class ValueError extends Error {
  override readonly name = "ValueError"
}

type Hook = (typeof Thread.ExceptHook)["Service"]
type Report = Parameters<Hook>[0]

/** Runs the effect as a region, and answers with what was logged: the level, the message, and the cause as it prints. */
const logged = <A, E, R>(effect: Effect.Effect<A, E, R>) => {
  const lines: Array<string> = []
  const logger = Logger.make(({ cause, logLevel, message }) => {
    lines.push([logLevel, ...Array.isArray(message) ? message : [message], Cause.pretty(cause)].join(" "))
  })
  return Effect.as(Effect.provide(ThreadGroup.supervise(effect), Logger.layer([logger])), lines)
}

const runFailed = Effect.sync((): never => {
  throw new ValueError("run failed")
})

/** Runs a thread that fails to its end, with whatever hook there is. */
const failing = Effect.gen(function*() {
  const thread = yield* Thread.fork(runFailed, { name: "excepthook thread" })
  yield* Thread.await(thread)
})

const withHook = (hook: Hook) => <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.provideService(effect, Thread.ExceptHook, hook)

describe("ExceptHook: the default", () => {
  it.effect("an uncaught error is reported with the thread's name, the error and its stack, and who awaits goes on [test_threading.ExceptHookTests.test_excepthook]", () =>
    Effect.gen(function*() {
      const lines = yield* logged(failing)
      assert.strictEqual(lines.length, 1)
      assert.match(lines[0]!, /^Error Thread excepthook thread failed/i)
      assert.match(lines[0]!, /ValueError: run failed\n\s+at .*excepthook\.test\.ts/)
    }))

  it.live(
    "the report goes to the program's error output, and main goes on [test_threading.ThreadingExceptionTests.test_print_exception]",
    () =>
      Effect.gen(function*() {
        const ended = yield* run(new URL("./programs/uncaught.ts", import.meta.url))
        assert.include(ended.stderr, "Thread divider failed")
        assert.match(ended.stderr, /ZeroDivisionError: division by zero\n\s+at divide /)
        assert.deepStrictEqual([ended.code, ended.stdout], [0, "main goes on\n"])
      }),
    processTimeout
  )

  it.effect("a thread that ends itself by interruption is not reported [test_threading.ExceptHookTests.test_system_exit]", () =>
    Effect.gen(function*() {
      const lines = yield* logged(Effect.gen(function*() {
        const thread = yield* Thread.fork(Effect.interrupt)
        assert.isTrue(Exit.hasInterrupts(yield* Thread.await(thread)))
      }))
      assert.deepStrictEqual(lines, [])
    }))

  it.effect("the default can be kept, and put back after another [test_threading.ExceptHookTests.test_original_excepthook]", () =>
    Effect.gen(function*() {
      const custom: Array<string> = []
      const lines = yield* logged(Effect.gen(function*() {
        const original = yield* Thread.ExceptHook
        yield* failing
        yield* Effect.gen(function*() {
          yield* failing
          yield* withHook(original)(failing)
        }).pipe(withHook(({ thread }) => Effect.sync(() => custom.push(thread.name))))
      }))
      assert.deepStrictEqual(custom, ["excepthook thread"])
      assert.strictEqual(lines.length, 2)
      const heads = lines.map((line) => line.slice(0, line.indexOf("\n")))
      assert.match(heads[0]!, /excepthook thread failed/)
      assert.strictEqual(heads[1], heads[0])
    }))
})

describe("ExceptHook: another", () => {
  it.effect("it is told the very error, with its stack, and the very thread [test_threading.ExceptHookTests.test_custom_excepthook]", () => {
    const reports: Array<Report> = []
    return Effect.gen(function*() {
      const error = new ValueError("run failed")
      const thread = yield* Thread.fork(Effect.die(error))
      yield* Thread.await(thread)
      assert.strictEqual(reports.length, 1)
      assert.strictEqual(reports[0]!.thread, thread)
      const reported = Cause.squash(reports[0]!.cause)
      assert.strictEqual(reported, error)
      assert.instanceOf(reported, ValueError)
      assert.strictEqual(reported.message, "run failed")
      assert.include(Cause.pretty(reports[0]!.cause), "excepthook.test.ts")
    }).pipe(ThreadGroup.supervise, withHook((report) => Effect.sync(() => reports.push(report))))
  })

  it.effect("a report has the thread and the cause, no more [doc:Excepthook.args_arity]", () => {
    const reports: Array<Report> = []
    return Effect.gen(function*() {
      yield* failing
      assert.deepStrictEqual(reports.map((report) => Object.keys(report).toSorted()), [["cause", "thread"]])
      // @ts-expect-error a hook cannot ask for more than a report has
      const asksForMore: Hook = ({ traceback }) => Effect.log(traceback)
      assert.isFunction(asksForMore)
    }).pipe(ThreadGroup.supervise, withHook((report) => Effect.sync(() => reports.push(report))))
  })

  it.effect("it runs in the thread that failed, which lives until it has returned [doc:Excepthook.runs_in_failing_thread]", () =>
    Effect.gen(function*() {
      const mayReturn = yield* Event.make()
      const seen: Array<unknown> = []
      // The hook's type knows of no region, but it runs in one.
      const hook = ({ thread }: Report) =>
        Effect.gen(function*() {
          seen.push(
            yield* Effect.map(Thread.currentOption, (current) => current._tag === "Some" && current.value === thread)
          )
          seen.push(yield* Thread.isAlive(thread), (yield* Thread.enumerate).includes(thread))
          yield* Event.wait(mayReturn)
        })
      yield* Effect.gen(function*() {
        const thread = yield* Thread.fork(runFailed)
        const joiner = yield* Effect.forkChild(Thread.await(thread))
        yield* untilState(thread, "Blocked")
        assert.deepStrictEqual(seen, [true, true, true])
        assert.isUndefined(joiner.pollUnsafe())
        yield* Event.set(mayReturn)
        yield* untilState(thread, "Terminated")
        assert.isTrue(Exit.hasDies(yield* Thread.await(thread)))
      }).pipe(ThreadGroup.supervise, withHook(hook))
    }))

  it.effect("it is called once for each thread that fails, however many join, and for no other [doc:Excepthook.once_per_failure]", () => {
    const reports: Array<string> = []
    return Effect.gen(function*() {
      const threads = [
        yield* Thread.fork(Effect.fail("failure"), { name: "fails" }),
        yield* Thread.fork(Effect.die("defect"), { name: "dies" }),
        yield* Thread.fork(Effect.fail(undefined), { name: "fails with nothing" }),
        yield* Thread.fork(Effect.void, { name: "succeeds" }),
        yield* Thread.fork(Effect.ignore(Effect.fail("caught")), { name: "catches" })
      ]
      for (const thread of threads) {
        yield* Effect.all([Thread.await(thread), Thread.await(thread)], { concurrency: 2 })
      }
      assert.deepStrictEqual(reports.toSorted(), ["dies", "fails", "fails with nothing"])
    }).pipe(ThreadGroup.supervise, withHook(({ thread }) => Effect.sync(() => reports.push(thread.name))))
  })

  it.effect("it hears nothing of a pool's tasks: their failures are in their futures [doc:Excepthook.not_for_pool_tasks]", () => {
    const reports: Array<Report> = []
    return Effect.gen(function*() {
      const pool = yield* ThreadPoolExecutor.make({ maxWorkers: 2 })
      const failed = yield* ThreadPoolExecutor.submit(pool, Effect.fail("failure"))
      const died = yield* ThreadPoolExecutor.submit(pool, runFailed)
      assert.deepStrictEqual(yield* Future.exit(failed), Exit.fail("failure"))
      assert.isTrue(Exit.hasDies(yield* Future.exit(died)))
      yield* ThreadPoolExecutor.shutdown(pool)
      assert.deepStrictEqual(reports, [])
    }).pipe(
      Effect.scoped,
      ThreadGroup.supervise,
      withHook((report) => Effect.sync(() => reports.push(report)))
    )
  })
})
