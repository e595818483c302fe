import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { processTimeout, run } from "../support/run.ts"

/** Runs the program to its end this way; its executor's scope closes in its region, or after it. */
const end = (way: string, scope: "inner" | "outer") =>
  run(new URL("programs/poolAtExit.ts", import.meta.url), { args: [way, scope] })

const endBoth = (way: string) => Effect.all([end(way, "inner"), end(way, "outer")], { concurrency: 2 })

describe("a process that ends while an executor has work", () => {
  it.live(
    "runs it first [test_concurrent_futures.test_shutdown.ExecutorShutdownTest.test_interpreter_shutdown]",
    () =>
      Effect.gen(function*() {
        for (const ended of yield* endBoth("just ends")) {
          assert.deepStrictEqual(ended, { code: 0, stdout: "apple\n", stderr: "" })
        }
      }),
    processTimeout
  )

  it.live(
    "runs it first also after a shutdown without wait [test_concurrent_futures.test_shutdown.ExecutorShutdownTest.test_hang_gh83386]",
    () =>
      Effect.gen(function*() {
        const ended = yield* end("shuts down without waiting", "outer")
        assert.deepStrictEqual(ended, { code: 0, stdout: "apple\n", stderr: "" })
      }),
    processTimeout
  )

  it.live(
    "ends cleanly after a shutdown that cancelled without wait [test_concurrent_futures.test_shutdown.ThreadPoolShutdownTest.test_cancel_futures_wait_false]",
    () =>
      Effect.gen(function*() {
        const { stdout, ...ended } = yield* end("shuts down without waiting, cancelling", "outer")
        assert.deepStrictEqual(ended, { code: 0, stderr: "" })
        assert.include(["apple\n", ""], stdout)
      }),
    processTimeout
  )

  it.live(
    "lets nothing be submitted any more [test_concurrent_futures.test_shutdown.ExecutorShutdownTest.test_submit_after_interpreter_shutdown]",
    () =>
      Effect.gen(function*() {
        for (const { stdout, ...ended } of yield* endBoth("submits at exit")) {
          assert.match(stdout, /^ThreadPoolExecutor-0 cannot schedule new futures after shutdown\.\n$/)
          assert.deepStrictEqual(ended, { code: 0, stderr: "" })
        }
      }),
    processTimeout
  )
})

describe("the executors of a process", () => {
  it.live(
    "without a prefix are numbered from 0, and so are the workers of each [doc:Executor.names]",
    () =>
      Effect.gen(function*() {
        const { stdout } = yield* run(new URL("programs/poolNames.ts", import.meta.url))
        assert.deepStrictEqual(stdout.trim().split("\n"), [
          "ThreadPoolExecutor-0_0",
          "ThreadPoolExecutor-0_1",
          "given_0",
          "given_1",
          "ThreadPoolExecutor-1_0",
          "ThreadPoolExecutor-1_1"
        ])
      }),
    processTimeout
  )
})
