import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { Barrier, Event, Future, Thread, ThreadLocal, ThreadPoolExecutor } from "effect-threading"
import { TestClock } from "effect/testing"
import { inRegion, load, logged, settle } from "../support/pool.ts"

const { BrokenExecutorError } = ThreadPoolExecutor

class ValueError extends Error {
  override readonly name = "ValueError"
}

/** An executor whose first worker's initializer fails once `begin` is set; until then its tasks wait. */
const makeBreaking = (maxWorkers: number) =>
  Effect.gen(function*() {
    const begin = yield* Event.make()
    const pool = yield* ThreadPoolExecutor.make({
      maxWorkers,
      initializer: Effect.andThen(Event.wait(begin), Effect.fail(new ValueError("error in initializer")))
    })
    return { begin, pool }
  })

describe("the initializer", () => {
  it.effect("has run on each worker before its first task [test_concurrent_futures.test_init.InitializerMixin.test_initializer]", () =>
    inRegion(Effect.gen(function*() {
      const status = yield* ThreadLocal.make(() => "uninitialized")
      const pool = yield* ThreadPoolExecutor.make({
        maxWorkers: 2,
        initializer: Effect.andThen(Effect.sleep("100 millis"), ThreadLocal.set(status, "initialized"))
      })
      // They meet, so they run on two workers.
      const both = yield* Barrier.make(2)
      const futures = yield* Effect.replicateEffect(
        ThreadPoolExecutor.submit(pool, Effect.andThen(Barrier.wait(both), ThreadLocal.get(status))),
        2
      )
      yield* settle
      yield* TestClock.adjust("100 millis")
      assert.deepStrictEqual(yield* Effect.forEach(futures, Future.result), ["initialized", "initialized"])
      assert.strictEqual(yield* ThreadLocal.get(status), "uninitialized")
    })))

  it.effect("runs once in each worker, and workers are made only for tasks [doc:Executor.initializer_once_per_worker]", () =>
    inRegion(Effect.gen(function*() {
      const log: Array<string> = []
      const note = (what: string) => Effect.map(Thread.current, ({ name }) => void log.push(`${what} ${name}`))
      const pool = yield* ThreadPoolExecutor.make({
        maxWorkers: 2,
        threadNamePrefix: "w",
        initializer: note("init")
      })
      yield* settle
      assert.deepStrictEqual(log, [])
      for (let times = 0; times < 3; times++) {
        const both = yield* Barrier.make(2)
        const futures = yield* Effect.replicateEffect(
          ThreadPoolExecutor.submit(pool, Effect.andThen(note("task"), Barrier.wait(both))),
          2
        )
        yield* Future.wait(futures)
        yield* settle
      }
      for (const worker of ["w_0", "w_1"]) {
        const own = log.filter((line) => line.endsWith(worker)).map((line) => line.split(" ")[0])
        assert.deepStrictEqual(own, ["init", "task", "task", "task"])
      }
    })))

  it.effect("is an effect: anything else does not compile [doc:Executor.initializer_must_be_callable]", () =>
    inRegion(Effect.gen(function*() {
      // @ts-expect-error -- not an effect
      const make = () => ThreadPoolExecutor.make({ initializer: "not an effect" })
      assert.isFunction(make)
      const pool = yield* ThreadPoolExecutor.make({ initializer: Effect.succeed("an effect") })
      const future = yield* ThreadPoolExecutor.submit(pool, Effect.succeed(1))
      assert.strictEqual(yield* Future.result(future), 1)
    })))
})

describe("an initializer that fails", () => {
  it.effect("is logged, fails what was submitted, and submit from then on [test_concurrent_futures.test_init.FailingInitializerMixin.test_initializer]", () =>
    logged((lines) =>
      inRegion(Effect.gen(function*() {
        const pool = yield* ThreadPoolExecutor.make({
          maxWorkers: 2,
          initializer: Effect.andThen(Effect.sleep("100 millis"), Effect.fail(new ValueError("error in initializer")))
        })
        const futures = yield* Effect.replicateEffect(ThreadPoolExecutor.submit(pool, Effect.succeed(1)), 3)
        yield* settle
        yield* TestClock.adjust("100 millis")
        for (const future of futures) {
          assert.instanceOf(yield* Effect.flip(Future.result(future)), BrokenExecutorError)
        }
        assert.instanceOf(yield* Effect.flip(ThreadPoolExecutor.submit(pool, Effect.void)), BrokenExecutorError)
        yield* settle
        assert.match(lines.join("\n"), /^Error .*ValueError: error in initializer/s)
      }))
    ))

  it.effect("leaves those cancelled that were, and fails all others [doc:Executor.initializer_failure_with_cancelled_pending]", () =>
    logged(() =>
      inRegion(Effect.gen(function*() {
        const { begin, pool } = yield* makeBreaking(1)
        const futures = yield* Effect.replicateEffect(ThreadPoolExecutor.submit(pool, Effect.succeed(1)), 5)
        yield* settle
        assert.isTrue(yield* Future.cancel(futures[2]!))
        yield* Event.set(begin)
        const errors = yield* Effect.forEach(futures, (future) => Effect.flip(Future.result(future)))
        const broken = "BrokenExecutorError"
        assert.deepStrictEqual(errors.map(({ _tag }) => _tag), [broken, broken, "CancelledError", broken, broken])
      }))
    ))

  it.effect("is what submit tells also after a shutdown, which works as ever [doc:Executor.broken_precedes_shutdown]", () =>
    logged(() =>
      inRegion(Effect.gen(function*() {
        const { begin, pool } = yield* makeBreaking(2)
        yield* Event.set(begin)
        yield* Effect.flip(Effect.flatMap(ThreadPoolExecutor.submit(pool, Effect.void), Future.result))
        yield* ThreadPoolExecutor.shutdown(pool)
        assert.strictEqual(load(pool).workers, 0)
        assert.instanceOf(yield* Effect.flip(ThreadPoolExecutor.submit(pool, Effect.void)), BrokenExecutorError)
      }))
    ))

  it.effect("gives an error with a tag of its own and what broke it [doc:Executor.broken_hierarchy]", () =>
    logged(() =>
      inRegion(Effect.gen(function*() {
        const { begin, pool } = yield* makeBreaking(1)
        yield* Event.set(begin)
        const future = yield* ThreadPoolExecutor.submit(pool, Effect.succeed("ran"))
        const caught = yield* Effect.catchTag(Future.result(future), "BrokenExecutorError", Effect.succeed)
        assert.instanceOf(caught, BrokenExecutorError)
        assert.instanceOf(caught, Error)
        assert.instanceOf((caught as { readonly cause: unknown }).cause, ValueError)
      }))
    ))
})
