/** What every executor does with tasks, workers and its queue. */
import { assert } from "@effect/vitest"
import { Deferred, Effect, Stream } from "effect"
import { Event, Future, RLock, Thread } from "effect-threading"
import type { Case } from "../support/contract.ts"
import { untilWaiting } from "../support/waiters.ts"
import { aWhile } from "./conduct.ts"
import { counting, occupy as occupyBy, squash } from "./executors.ts"
import type { ExecutorApi } from "./executors.ts"

export const executorCases = (api: ExecutorApi): ReadonlyArray<Case> => {
  const { make, map, shutdown, submit } = api
  const occupy = occupyBy(api)

  return [
    {
      title: "runs as many tasks at a time as it has workers, not more, and each once",
      body: Effect.gen(function*() {
        const pool = yield* make({ maxWorkers: 2 })
        const { count, counts } = counting()
        const task = (n: number) => count(Effect.as(Effect.andThen(Effect.yieldNow, Effect.yieldNow), n))
        const futures = yield* Effect.forEach([1, 2, 3, 4, 5, 6], (n) => submit(pool, task(n)))
        assert.deepStrictEqual(yield* Effect.forEach(futures, Future.result), [1, 2, 3, 4, 5, 6])
        assert.isAtMost(counts.most, 2)
        assert.strictEqual(counts.ended, 6)
        // Two that wait for each other need two workers.
        const both = yield* Deferred.make<void>()
        let inside = 0
        const meet = Effect.suspend(() => ++inside === 2 ? Deferred.succeed(both, undefined) : Deferred.await(both))
        const pair = [yield* submit(pool, meet), yield* submit(pool, meet)]
        yield* Effect.forEach(pair, Future.result)
      })
    },

    {
      title: "starts tasks in the order of submission",
      body: Effect.gen(function*() {
        const pool = yield* make({ maxWorkers: 1 })
        const order: Array<number> = []
        const futures = yield* Effect.forEach(
          [0, 1, 2, 3],
          (n) => submit(pool, Effect.andThen(Effect.sync(() => order.push(n)), Effect.yieldNow))
        )
        yield* Future.wait(futures)
        assert.deepStrictEqual(order, [0, 1, 2, 3])
      })
    },

    {
      title: "a task that fails, dies or interrupts itself ends its own future so, and its worker goes on",
      body: Effect.gen(function*() {
        const pool = yield* make({ maxWorkers: 1 })
        const failing = yield* submit(pool, Effect.fail("no"))
        const dying = yield* submit(pool, Effect.die("bug"))
        const interrupted = yield* submit(pool, Effect.interrupt)
        const fine = yield* submit(pool, Effect.succeed("fine"))
        assert.strictEqual(yield* Effect.flip(Future.result(failing)), "no")
        assert.strictEqual(squash(yield* Future.exit(dying)), "bug")
        assert.instanceOf(squash(yield* Future.exit(interrupted)), Future.CancelledError)
        assert.strictEqual(yield* Future.result(fine), "fine")
      })
    },

    {
      title: "a task that is cancelled while it is queued never runs, and those behind it do",
      body: Effect.gen(function*() {
        const pool = yield* make({ maxWorkers: 1 })
        const gate = yield* Event.make()
        yield* occupy(pool, gate)
        let hasRun = false
        const queued = yield* submit(pool, Effect.sync(() => hasRun = true))
        const behind = yield* submit(pool, Effect.succeed("behind"))
        assert.isTrue(yield* Future.cancel(queued))
        yield* Event.set(gate)
        assert.strictEqual(yield* Future.result(behind), "behind")
        assert.isFalse(hasRun)
        assert.isTrue(yield* Future.isCancelled(queued))
      })
    },

    {
      title: "interrupting a future that runs ends its task, its finalizers run, and its worker goes on",
      body: Effect.gen(function*() {
        const pool = yield* make({ maxWorkers: 1 })
        const begun = yield* Event.make()
        let finalized = false
        const task = Effect.ensuring(
          Effect.andThen(Event.set(begun), Effect.never),
          Effect.andThen(Effect.yieldNow, Effect.sync(() => finalized = true))
        )
        const future = yield* submit(pool, task)
        const next = yield* submit(pool, Effect.succeed("next"))
        yield* Event.wait(begun)
        yield* Future.interrupt(future)
        assert.isTrue(finalized)
        assert.isTrue(yield* Future.isCancelled(future))
        assert.instanceOf(yield* Effect.flip(Future.result(future)), Future.CancelledError)
        assert.strictEqual(yield* Future.result(next), "next")
      })
    },

    {
      title: "a worker that is interrupted takes only its own task along",
      body: Effect.gen(function*() {
        const pool = yield* make({ maxWorkers: 2 })
        const gate = yield* Event.make()
        const worker = yield* Deferred.make<Thread.Thread<unknown, unknown>>()
        const victim = yield* submit(
          pool,
          Effect.flatMap(Thread.current, (thread) => Effect.andThen(Deferred.succeed(worker, thread), Effect.never))
        )
        const others = yield* Effect.forEach([1, 2, 3], (n) => submit(pool, Effect.as(Event.wait(gate), n)))
        yield* Thread.interrupt(yield* Deferred.await(worker))
        assert.instanceOf(squash(yield* Future.exit(victim)), Future.CancelledError)
        yield* Event.set(gate)
        assert.deepStrictEqual(yield* Effect.forEach(others, Future.result), [1, 2, 3])
      })
    },

    {
      title: "a task has a scope of its own, closed before its future is done",
      body: Effect.gen(function*() {
        const pool = yield* make({ maxWorkers: 1 })
        const log: Array<string> = []
        const [gate, closing] = [yield* Event.make(), yield* Event.make()]
        const future = yield* submit(
          pool,
          Effect.gen(function*() {
            yield* Effect.addFinalizer(() =>
              Effect.andThen(
                Effect.andThen(Event.set(closing), Event.wait(gate)),
                Effect.sync(() => log.push("closed"))
              )
            )
            log.push("acquired")
          })
        )
        yield* Future.onDone(future, () => Effect.sync(() => log.push("done")))
        yield* Event.wait(closing)
        yield* aWhile
        assert.deepStrictEqual(log, ["acquired"])
        assert.isTrue(yield* Future.isRunning(future))
        yield* Event.set(gate)
        yield* shutdown(pool)
        assert.deepStrictEqual(log, ["acquired", "closed", "done"])
        const leaking = yield* make({ maxWorkers: 1 })
        const leaked = yield* submit(leaking, Effect.addFinalizer(() => Effect.die("leaked")))
        assert.strictEqual(squash(yield* Future.exit(leaked)), "leaked")
      })
    },

    {
      title: "a task does not hold the locks of its submitter",
      body: Effect.gen(function*() {
        const pool = yield* make({ maxWorkers: 1 })
        const lock = yield* RLock.make()
        let entered = false
        const future = yield* RLock.withLock(
          lock,
          Effect.gen(function*() {
            const future = yield* submit(pool, RLock.withLock(lock, Effect.sync(() => entered = true)))
            yield* untilWaiting(lock, 1)
            assert.isFalse(entered)
            return future
          })
        )
        assert.isTrue(yield* Future.result(future))
      })
    },

    {
      title: "a task that waits for others of its own executor lends them its place, to one at a time",
      body: Effect.gen(function*() {
        const pool = yield* make({ maxWorkers: 1 })
        const { count, counts } = counting()
        const inner = count(Effect.andThen(Effect.yieldNow, Effect.yieldNow))
        const outer = Effect.gen(function*() {
          const futures = yield* Effect.replicateEffect(submit(pool, inner), 3)
          yield* Future.wait(futures)
          yield* Effect.forEach(futures, Future.result)
        })
        const futures = [yield* submit(pool, outer), yield* submit(pool, outer)]
        yield* Effect.forEach(futures, Future.result)
        assert.deepStrictEqual([counts.most, counts.ended], [1, 6])
      })
    },

    {
      title: "submit waits for room in a full queue",
      body: Effect.gen(function*() {
        const pool = yield* make({ maxWorkers: 1, capacity: 1 })
        const gate = yield* Event.make()
        yield* occupy(pool, gate)
        yield* submit(pool, Effect.void)
        let isIn = false
        const submitter = yield* Thread.fork(
          Effect.tap(submit(pool, Effect.succeed("in")), () => Effect.sync(() => isIn = true))
        )
        const impatient = yield* Thread.fork(submit(pool, Effect.die("it ran")))
        yield* aWhile
        assert.isFalse(isIn)
        yield* Thread.interrupt(impatient)
        yield* Event.set(gate)
        assert.strictEqual(yield* Future.result(yield* Thread.join(submitter)), "in")
      })
    },

    {
      title: "map gives the results in the order of the items, and the first failure cancels the rest",
      body: Effect.gen(function*() {
        const pool = yield* make({ maxWorkers: 2 })
        const gate = yield* Event.make()
        const slowFirst = (n: number) =>
          Effect.as(n === 1 ? Event.wait(gate) : n === 2 ? Event.set(gate) : Effect.yieldNow, n * n)
        assert.deepStrictEqual(yield* Stream.runCollect(map(pool, [1, 2, 3, 4], slowFirst)), [1, 4, 9, 16])
        const alone = yield* make({ maxWorkers: 1 })
        const last = yield* Event.make()
        const ran: Array<number> = []
        const failing = map(alone, [1, 2, 3], (n) => {
          ran.push(n)
          return n === 1 ? Effect.fail("no") : Event.wait(last)
        })
        assert.strictEqual(yield* Effect.flip(Stream.runDrain(failing)), "no")
        yield* Event.set(last)
        yield* shutdown(alone)
        assert.notInclude(ran, 3)
      })
    },

    {
      title: "an initializer runs once on each worker, before its first task",
      body: Effect.gen(function*() {
        let runs = 0
        const pool = yield* make({
          maxWorkers: 1,
          initializer: Effect.andThen(Effect.yieldNow, Effect.sync(() => runs++))
        })
        const seen = yield* Effect.replicateEffect(submit(pool, Effect.sync(() => runs)), 2)
        assert.deepStrictEqual(yield* Effect.forEach(seen, Future.result), [1, 1])
      })
    },

    {
      title: "what is submitted is done, and its result goes to who waits for it",
      preemptions: 2,
      body: Effect.gen(function*() {
        const pool = yield* make({ maxWorkers: 1 })
        const future = yield* submit(pool, Effect.succeed(1))
        assert.strictEqual(yield* Future.result(future), 1)
      })
    },

    {
      title: "either a task is cancelled or it runs, and who waits for it goes on",
      preemptions: 2,
      body: Effect.gen(function*() {
        const pool = yield* make({ maxWorkers: 1 })
        let hasRun = false
        const future = yield* submit(pool, Effect.sync(() => hasRun = true))
        const isCancelled = yield* Future.cancel(future)
        yield* Future.exit(future)
        assert.strictEqual(hasRun, !isCancelled)
      })
    },

    {
      title: "a task that waits for one that it submits goes on, although there is one worker",
      preemptions: 1,
      body: Effect.gen(function*() {
        const pool = yield* make({ maxWorkers: 1 })
        const outer = Effect.flatMap(submit(pool, Effect.succeed("inner")), Future.result)
        assert.strictEqual(yield* Future.result(yield* submit(pool, outer)), "inner")
      })
    }
  ]
}
