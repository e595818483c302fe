import { assert, describe, it } from "@effect/vitest"
import { Cause, Effect, Exit } from "effect"
import { Barrier, Event, Future, Semaphore, Thread, ThreadPoolExecutor } from "effect-threading"
import { availableParallelism } from "node:os"
import { defectOf, inRegion, load, namesOf, settle, threadsNamed, untilRunning } from "../support/pool.ts"

const squashed = (exit: Exit.Exit<unknown, unknown>) => Exit.isFailure(exit) ? Cause.squash(exit.cause) : exit

describe("submit", () => {
  it.effect("answers with a future of the result [test_concurrent_futures.executor.ExecutorTest.test_submit]", () =>
    inRegion(Effect.gen(function*() {
      const pool = yield* ThreadPoolExecutor.make({ maxWorkers: 5 })
      const future = yield* ThreadPoolExecutor.submit(pool, Effect.sync(() => 2 ** 8))
      assert.strictEqual(yield* Future.result(future), 256)
    })))

  it.effect("adds nothing to the arguments that an effect was made with [test_concurrent_futures.executor.ExecutorTest.test_submit_keyword]", () =>
    inRegion(Effect.gen(function*() {
      const capture = (...args: ReadonlyArray<unknown>) => Effect.sync(() => args)
      const pool = yield* ThreadPoolExecutor.make({ maxWorkers: 5 })
      const options = { self: 2, fn: 3 }
      const [one, given] = yield* Effect.flatMap(ThreadPoolExecutor.submit(pool, capture(1, options)), Future.result)
      assert.strictEqual(one, 1)
      assert.strictEqual(given, options)
      assert.deepStrictEqual(given, { self: 2, fn: 3 })
    })))

  it.effect("starts tasks in the order of submission, which one worker ends in the same order [doc:Executor.submit_order]", () =>
    inRegion(Effect.gen(function*() {
      for (const maxWorkers of [1, 3]) {
        const pool = yield* ThreadPoolExecutor.make({ maxWorkers })
        const log: Array<string> = []
        const futures = yield* Effect.forEach([0, 1, 2, 3, 4, 5, 6, 7], (n) =>
          ThreadPoolExecutor.submit(
            pool,
            Effect.gen(function*() {
              log.push(`start ${n}`)
              // Earlier ones take longer, so that only one worker keeps their ends in order.
              for (let left = 8 - n; left > 0; left--) yield* Effect.yieldNow
              log.push(`end ${n}`)
            })
          ))
        yield* Future.wait(futures)
        const starts = log.filter((line) => line.startsWith("start"))
        assert.deepStrictEqual(starts, [0, 1, 2, 3, 4, 5, 6, 7].map((n) => `start ${n}`))
        if (maxWorkers === 1) {
          assert.deepStrictEqual(log, [0, 1, 2, 3, 4, 5, 6, 7].flatMap((n) => [`start ${n}`, `end ${n}`]))
        }
      }
    })))

  it.effect("of what is no effect does not compile; where it happens, the future alone fails [doc:Executor.noncallable]", () =>
    inRegion(Effect.gen(function*() {
      const pool = yield* ThreadPoolExecutor.make({ maxWorkers: 1 })
      // @ts-expect-error -- not an effect
      const notAnEffect: Effect.Effect<never> = 42
      const future = yield* ThreadPoolExecutor.submit(pool, Effect.suspend(() => notAnEffect))
      assert.match(String(yield* defectOf(Future.result(future))), /Not a valid effect: 42/)
      const next = yield* ThreadPoolExecutor.submit(pool, Effect.succeed("fine"))
      assert.strictEqual(yield* Future.result(next), "fine")
    })))

  it.effect("of a task that is cancelled while it is queued never runs it [doc:Executor.cancelled_pending_not_run]", () =>
    inRegion(Effect.gen(function*() {
      const pool = yield* ThreadPoolExecutor.make({ maxWorkers: 1 })
      const gate = yield* Event.make()
      const log: Array<string> = []
      const first = yield* ThreadPoolExecutor.submit(pool, Event.wait(gate))
      const queued = yield* ThreadPoolExecutor.submit(pool, Effect.sync(() => log.push("cancelled one")))
      const last = yield* ThreadPoolExecutor.submit(pool, Effect.sync(() => log.push("last")))
      yield* untilRunning(pool, 1)
      assert.isTrue(yield* Future.cancel(queued))
      yield* Event.set(gate)
      yield* Future.wait([first, last])
      yield* settle
      assert.deepStrictEqual(log, ["last"])
      assert.isTrue(yield* Future.isCancelled(queued))
    })))
})

describe("a task that fails", () => {
  it.effect("leaves other tasks and its worker alone [doc:Executor.exception_isolated]", () =>
    inRegion(Effect.gen(function*() {
      const pool = yield* ThreadPoolExecutor.make({ maxWorkers: 2, threadNamePrefix: "isolated" })
      const gate = yield* Event.make()
      const other = yield* ThreadPoolExecutor.submit(pool, Effect.as(Event.wait(gate), "other"))
      const failing = yield* ThreadPoolExecutor.submit(pool, Effect.fail("no"))
      const next = yield* ThreadPoolExecutor.submit(pool, Thread.current)
      assert.strictEqual(yield* Effect.flip(Future.result(failing)), "no")
      assert.strictEqual((yield* Future.result(next)).name, "isolated_1")
      yield* Event.set(gate)
      assert.strictEqual(yield* Future.result(other), "other")
    })))

  it.effect("in whatever way, has its future end so, and its worker goes on [doc:Executor.base_errors_captured]", () =>
    inRegion(Effect.gen(function*() {
      const pool = yield* ThreadPoolExecutor.make({ maxWorkers: 1, threadNamePrefix: "tough" })
      const ends = (effect: Effect.Effect<unknown, unknown>) =>
        Effect.flatMap(ThreadPoolExecutor.submit(pool, effect), Future.exit)
      const defect = new Error("exit request")
      assert.strictEqual(squashed(yield* ends(Effect.die(defect))), defect)
      assert.strictEqual(
        squashed(
          yield* ends(Effect.sync(() => {
            throw defect
          }))
        ),
        defect
      )
      assert.instanceOf(squashed(yield* ends(Effect.interrupt)), Future.CancelledError)
      const next = yield* ThreadPoolExecutor.submit(pool, Thread.current)
      assert.strictEqual((yield* Future.result(next)).name, "tough_0")
    })))

  it.effect("with an error that counts as false has failed all the same [doc:3.14:Executor.falsy_errors]", () =>
    inRegion(Effect.gen(function*() {
      const pool = yield* ThreadPoolExecutor.make({ maxWorkers: 1 })
      for (const error of [undefined, null, 0, "", false, Number.NaN]) {
        const failed = yield* ThreadPoolExecutor.submit(pool, Effect.fail(error))
        assert.deepStrictEqual(yield* Effect.exit(Future.result(failed)), Exit.fail(error))
        const died = yield* ThreadPoolExecutor.submit(pool, Effect.die(error))
        assert.deepStrictEqual(yield* Effect.exit(Future.result(died)), Exit.die(error))
        const { done } = yield* Future.wait([yield* Future.make(), failed], { returnWhen: "firstException" })
        assert.deepStrictEqual(done, [failed])
      }
    })))
})

describe("the workers of an executor", () => {
  it.effect("are at least one [test_concurrent_futures.executor.ExecutorTest.test_max_workers_negative]", () =>
    inRegion(Effect.gen(function*() {
      for (const maxWorkers of [0, -1]) {
        const defect = yield* defectOf(ThreadPoolExecutor.make({ maxWorkers }))
        assert.instanceOf(defect, ThreadPoolExecutor.InvalidWorkersError)
        assert.match((defect as Error).message, /maxWorkers must be greater than 0/)
      }
    })))

  it.effect("are by default four more than there are processors, at most 32 [test_concurrent_futures.test_thread_pool.ThreadPoolExecutorTest.test_default_workers] [doc:Executor.default_max_workers]", () =>
    inRegion(Effect.gen(function*() {
      const pool = yield* ThreadPoolExecutor.make()
      const gate = yield* Event.make()
      yield* Effect.replicateEffect(ThreadPoolExecutor.submit(pool, Event.wait(gate)), 40)
      const expected = Math.min(32, availableParallelism() + 4)
      yield* untilRunning(pool, expected)
      yield* settle
      assert.deepStrictEqual(load(pool).workers, expected)
      assert.deepStrictEqual(load(pool).queued, 40 - expected)
      yield* Event.set(gate)
    })))

  it.effect("are not more than that, however many tasks there are [test_concurrent_futures.test_thread_pool.ThreadPoolExecutorTest.test_saturation]", () =>
    inRegion(Effect.gen(function*() {
      const pool = yield* ThreadPoolExecutor.make({ maxWorkers: 4, threadNamePrefix: "saturated" })
      const semaphore = yield* Semaphore.make(0)
      const futures = yield* Effect.replicateEffect(ThreadPoolExecutor.submit(pool, Semaphore.acquire(semaphore)), 60)
      yield* untilRunning(pool, 4)
      yield* settle
      assert.strictEqual((yield* threadsNamed("saturated_")).length, 4)
      yield* Semaphore.release(semaphore, 60)
      yield* ThreadPoolExecutor.shutdown(pool)
      assert.isTrue((yield* Effect.all(futures.map(Future.isDone))).every(Boolean))
    })))

  it.effect("are reused when idle: tasks one after the other need one [test_concurrent_futures.test_thread_pool.ThreadPoolExecutorTest.test_idle_thread_reuse]", () =>
    inRegion(Effect.gen(function*() {
      const pool = yield* ThreadPoolExecutor.make({ threadNamePrefix: "reused" })
      for (const n of [1, 2, 3]) {
        const future = yield* ThreadPoolExecutor.submit(pool, Effect.succeed(n))
        assert.strictEqual(yield* Future.result(future), n)
        yield* settle
      }
      assert.deepStrictEqual(yield* namesOf("reused_"), ["reused_0"])
    })))

  it.effect("are made only if none is idle and there is room for one more [doc:Executor.worker_spawn_rule]", () =>
    inRegion(Effect.gen(function*() {
      const pool = yield* ThreadPoolExecutor.make({ maxWorkers: 2 })
      const gate = yield* Event.make()
      const occupy = Effect.tap(ThreadPoolExecutor.submit(pool, Event.wait(gate)), () => settle)
      assert.strictEqual(load(pool).workers, 0)
      yield* occupy
      assert.strictEqual(load(pool).workers, 1)
      yield* occupy
      assert.strictEqual(load(pool).workers, 2)
      yield* occupy
      assert.deepStrictEqual(load(pool), { ...load(pool), workers: 2, queued: 1 })
      yield* Event.set(gate)
      yield* settle
      assert.strictEqual(load(pool).workers, 2)
      yield* Event.clear(gate)
      yield* occupy
      assert.deepStrictEqual(load(pool), { ...load(pool), workers: 2, running: 1 })
      yield* Event.set(gate)
    })))

  it.effect("are named by the prefix and a number from 0 [test_concurrent_futures.test_shutdown.ThreadPoolShutdownTest.test_thread_names_assigned]", () =>
    inRegion(Effect.gen(function*() {
      const pool = yield* ThreadPoolExecutor.make({ maxWorkers: 5, threadNamePrefix: "SpecialPool" })
      const all = yield* Barrier.make(5)
      const futures = yield* Effect.replicateEffect(
        ThreadPoolExecutor.submit(pool, Effect.andThen(Barrier.wait(all), Thread.current)),
        5
      )
      const threads = yield* Effect.forEach(futures, Future.result)
      assert.sameMembers(threads.map(({ name }) => name), [0, 1, 2, 3, 4].map((k) => `SpecialPool_${k}`))
    })))

  it.effect("are named by the executor's number without a prefix [test_concurrent_futures.test_shutdown.ThreadPoolShutdownTest.test_thread_names_default]", () =>
    inRegion(Effect.gen(function*() {
      const pool = yield* ThreadPoolExecutor.make({ maxWorkers: 5 })
      const all = yield* Barrier.make(5)
      const futures = yield* Effect.replicateEffect(
        ThreadPoolExecutor.submit(pool, Effect.andThen(Barrier.wait(all), Thread.current)),
        5
      )
      const names = (yield* Effect.forEach(futures, Future.result)).map(({ name }) => name)
      const prefix = /^ThreadPoolExecutor-\d+/.exec(names[0]!)?.[0]
      assert.sameMembers(names, [0, 1, 2, 3, 4].map((k) => `${prefix}_${k}`))
    })))
})
