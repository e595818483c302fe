import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, Stream } from "effect"
import { Event, Future, Thread, ThreadGroup, ThreadPoolExecutor } from "effect-threading"

describe("a thread that outlives the task that forked it", () => {
  it.effect("waits for a queued future like any other thread, and lends no place of the executor", () =>
    Effect.gen(function*() {
      const pool = yield* ThreadPoolExecutor.make({ maxWorkers: 1 })
      const go = yield* Event.make()
      const end = yield* Event.make()
      let queued: Future.Future<string> | undefined

      const waiting = Effect.andThen(Event.wait(go), Effect.suspend(() => Future.result(queued!)))
      const thread = yield* Effect.flatMap(ThreadPoolExecutor.submit(pool, Thread.fork(waiting)), Future.result)
      const running = yield* ThreadPoolExecutor.submit(pool, Event.wait(end))
      queued = yield* ThreadPoolExecutor.submit(pool, Effect.succeed("done"))
      yield* Event.set(go)
      yield* Thread.changes(thread).pipe(
        Stream.takeUntil((state) =>
          state._tag === "Terminated" || (state._tag === "Blocked" && state.on.kind === "Future")
        ),
        Stream.runDrain
      )
      const isRunning = [yield* Future.isRunning(running), yield* Future.isRunning(queued)]
      yield* Event.set(end)
      assert.deepStrictEqual(isRunning, [true, false])
      assert.strictEqual(yield* Thread.join(thread), "done")

      let most = 0
      let inside = 0
      const task = Effect.gen(function*() {
        most = Math.max(most, ++inside)
        yield* Effect.yieldNow
        inside--
      })
      yield* Future.wait(yield* Effect.replicateEffect(ThreadPoolExecutor.submit(pool, task), 4))
      assert.strictEqual(most, 1)
    }).pipe(Effect.scoped, ThreadGroup.supervise))

  it.effect("finds the executor's queue full like any other thread", () =>
    Effect.gen(function*() {
      const pool = yield* ThreadPoolExecutor.make({ maxWorkers: 1, capacity: 1, onFull: "fail" })
      const go = yield* Event.make()
      const end = yield* Event.make()

      const submitting = Effect.andThen(Event.wait(go), ThreadPoolExecutor.submit(pool, Effect.void))
      const thread = yield* Effect.flatMap(
        ThreadPoolExecutor.submit(pool, Thread.fork(Effect.flip(submitting))),
        Future.result
      )
      yield* ThreadPoolExecutor.submit(pool, Event.wait(end))
      yield* ThreadPoolExecutor.submit(pool, Effect.void)
      yield* Event.set(go)
      const exit = yield* Thread.await(thread)
      yield* Event.set(end)
      assert.isTrue(Exit.isSuccess(exit) && exit.value._tag === "ExecutorQueueFullError", `${exit}`)
    }).pipe(Effect.scoped, ThreadGroup.supervise))
})
