import { assert, describe, it } from "@effect/vitest"
import { Effect, Stream } from "effect"
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
})
