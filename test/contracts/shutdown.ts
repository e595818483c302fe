/** How every executor ends: by shutdown, with its scope, with its region. */
import { assert } from "@effect/vitest"
import { Effect, Exit, Fiber } from "effect"
import { Event, Future, Thread, ThreadGroup } from "effect-threading"
import type { Case } from "../support/contract.ts"
import { awaitAll, aWhile } from "./conduct.ts"
import { counting, occupy as occupyBy } from "./executors.ts"
import type { ExecutorApi, Pool } from "./executors.ts"

export const shutdownCases = (api: ExecutorApi): ReadonlyArray<Case> => {
  const { make, shutdown, submit } = api
  const occupy = occupyBy(api)

  const refuses = (pool: Pool) =>
    Effect.map(Effect.exit(submit(pool, Effect.void)), (exit) => assert.match(String(exit), /ExecutorShutdownError/))

  return [
    {
      title: "shutdown ends once everything that was submitted is done, and nothing is taken any more",
      body: Effect.gen(function*() {
        const pool = yield* make({ maxWorkers: 1 })
        const { count, counts } = counting()
        const futures = yield* Effect.replicateEffect(submit(pool, count(Effect.yieldNow)), 3)
        yield* shutdown(pool)
        assert.strictEqual(counts.ended, 3)
        assert.deepStrictEqual(yield* Effect.forEach(futures, Future.isDone), [true, true, true])
        yield* refuses(pool)
        yield* shutdown(pool)
      })
    },

    {
      title: "shutdown with cancelFutures cancels what is queued, wakes who waits for it, and lets finish what runs",
      body: Effect.gen(function*() {
        const pool = yield* make({ maxWorkers: 1 })
        const gate = yield* Event.make()
        const running = yield* occupy(pool, gate)
        const queued = yield* Effect.replicateEffect(submit(pool, Effect.die("it ran")), 3)
        const waiters = yield* Effect.forEach(queued, (future) => Thread.fork(Future.exit(future)))
        yield* shutdown(pool, { wait: false, cancelFutures: true })
        yield* awaitAll(waiters)
        assert.deepStrictEqual(yield* Effect.forEach(queued, Future.isCancelled), [true, true, true])
        assert.isFalse(yield* Future.isDone(running))
        yield* Event.set(gate)
        yield* shutdown(pool)
        yield* Future.result(running)
      })
    },

    {
      title: "its scope, closed by success, finishes what was submitted",
      body: Effect.gen(function*() {
        const { count, counts } = counting()
        yield* Effect.scoped(Effect.gen(function*() {
          const pool = yield* make({ maxWorkers: 1 })
          yield* Effect.replicateEffect(submit(pool, count(Effect.yieldNow)), 3)
        }))
        assert.deepStrictEqual([counts.now, counts.ended], [0, 3])
      })
    },

    {
      title:
        "its scope, closed by an interruption, cancels what is queued, interrupts what runs and waits for its finalizers",
      body: Effect.gen(function*() {
        const log: Array<string> = []
        const [ready, futures] = [yield* Event.make(), [] as Array<Future.Any>]
        const user = yield* Effect.forkChild(Effect.scoped(Effect.gen(function*() {
          const pool = yield* make({ maxWorkers: 1 })
          const begun = yield* Event.make()
          const finalizer = Effect.andThen(aWhile, Effect.sync(() => log.push("end")))
          futures.push(yield* submit(pool, Effect.ensuring(Effect.andThen(Event.set(begun), Effect.never), finalizer)))
          futures.push(yield* submit(pool, Effect.sync(() => log.push("queued one ran"))))
          yield* Event.wait(begun)
          yield* Event.set(ready)
          yield* Effect.never
        })))
        yield* Event.wait(ready)
        yield* Fiber.interrupt(user)
        assert.deepStrictEqual(log, ["end"])
        assert.deepStrictEqual(yield* Effect.forEach(futures, Future.isCancelled), [true, true])
      })
    },

    {
      title: "a region ends after the tasks that were submitted in it",
      body: Effect.gen(function*() {
        const { count, counts } = counting()
        yield* ThreadGroup.supervise(Effect.gen(function*() {
          const pool = yield* make({ maxWorkers: 1 })
          yield* Effect.replicateEffect(submit(pool, count(Effect.yieldNow)), 3)
        }))
        assert.deepStrictEqual([counts.now, counts.ended], [0, 3])
      })
    },

    {
      title: "what is submitted during a shutdown is refused, or done before it ends",
      preemptions: 2,
      body: Effect.gen(function*() {
        const pool = yield* make({ maxWorkers: 1 })
        let hasRun = false
        const submitter = yield* Thread.fork(Effect.exit(submit(pool, Effect.sync(() => hasRun = true))))
        yield* shutdown(pool)
        const hadRun = hasRun
        const submitted = yield* Thread.join(submitter)
        assert.strictEqual(hadRun, Exit.isSuccess(submitted))
      })
    }
  ]
}
