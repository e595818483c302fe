import { assert, describe, it } from "@effect/vitest"
import { Cause, Effect, Exit, Option, Stream } from "effect"
import { Event, Future, ThreadPoolExecutor } from "effect-threading"
import { TestClock } from "effect/testing"
import { inRegion, load, settle, untilDone, untilIdle, untilRunning } from "./support/pool.ts"

type Pool = ThreadPoolExecutor.ThreadPoolExecutor

/** A task that counts itself while it is at work. */
const counting = () => {
  const counts = { now: 0, most: 0 }
  const count = <A, E, R>(work: Effect.Effect<A, E, R>) =>
    Effect.acquireUseRelease(
      Effect.sync(() => {
        counts.most = Math.max(counts.most, ++counts.now)
      }),
      () => work,
      () => Effect.sync(() => counts.now--)
    )
  return { counts, count }
}

/** All places are there, and no more, if of many tasks exactly as many run as there are workers. */
const assertPlaces = (pool: Pool, maxWorkers: number) =>
  Effect.gen(function*() {
    yield* untilIdle(pool)
    const gate = yield* Event.make()
    const futures = yield* Effect.replicateEffect(ThreadPoolExecutor.submit(pool, Event.wait(gate)), maxWorkers + 5)
    yield* untilRunning(pool, maxWorkers)
    yield* settle
    assert.strictEqual(load(pool).running, maxWorkers)
    yield* Event.set(gate)
    yield* Future.wait(futures)
  })

/** The ways in which a task may wait for three others, each giving the sum of their results. */
const sum = (numbers: ReadonlyArray<number>) => numbers.reduce((left, right) => left + right, 0)
const number = (n: number) => Effect.as(Effect.yieldNow, n)
const submitThree = (pool: Pool) => Effect.forEach([1, 2, 3], (n) => ThreadPoolExecutor.submit(pool, number(n)))
const ways: Record<string, (pool: Pool) => Effect.Effect<number, unknown>> = {
  result: (pool) => Effect.map(Effect.flatMap(submitThree(pool), Effect.forEach(Future.result)), sum),
  exit: (pool) =>
    Effect.map(
      Effect.flatMap(submitThree(pool), Effect.forEach(Future.exit)),
      (exits) => sum(exits.map((exit) => Exit.isSuccess(exit) ? exit.value : Number.NaN))
    ),
  wait: (pool) =>
    Effect.gen(function*() {
      const { done } = yield* Future.wait(yield* submitThree(pool))
      return sum(yield* Effect.forEach(done, Future.result))
    }),
  asCompleted: (pool) =>
    Effect.gen(function*() {
      const completed = Future.asCompleted(yield* submitThree(pool))
      return sum(yield* Stream.runCollect(Stream.mapEffect(completed, Future.result)))
    }),
  map: (pool) => Effect.map(Stream.runCollect(ThreadPoolExecutor.map(pool, [1, 2, 3], number)), sum),
  "buffered map": (pool) =>
    Effect.map(Stream.runCollect(ThreadPoolExecutor.map(pool, [1, 2, 3], number, { bufferSize: 1 })), sum),
  "several fibers at once": (pool) =>
    Effect.map(
      Effect.flatMap(submitThree(pool), Effect.forEach(Future.result, { concurrency: "unbounded" })),
      sum
    ),
  "a time-out around": (pool) =>
    Effect.map(
      Effect.flatMap(submitThree(pool), Effect.forEach((future) => Effect.timeout(Future.result(future), "1 hour"))),
      sum
    )
}

describe("a task that waits for tasks that it submits to its own executor", () => {
  for (const maxWorkers of [1, 2]) {
    it.effect.each(Object.entries(ways))(
      `goes on, with ${maxWorkers} at once, by %s`,
      ([, way]) =>
        inRegion(Effect.gen(function*() {
          const pool = yield* ThreadPoolExecutor.make({ maxWorkers })
          const outer = yield* Effect.replicateEffect(ThreadPoolExecutor.submit(pool, way(pool)), 3)
          for (const future of outer) yield* untilDone(future)
          assert.deepStrictEqual(yield* Effect.forEach(outer, Future.result), [6, 6, 6])
          yield* assertPlaces(pool, maxWorkers)
        }))
    )
  }

  it.effect("goes on however deep that nests", () =>
    inRegion(Effect.gen(function*() {
      const pool = yield* ThreadPoolExecutor.make({ maxWorkers: 1 })
      const nest = (depth: number): Effect.Effect<number, unknown> =>
        depth === 0
          ? Effect.succeed(0)
          : Effect.map(
            Effect.flatMap(ThreadPoolExecutor.submit(pool, nest(depth - 1)), Future.result),
            (below) => below + 1
          )
      const future = yield* ThreadPoolExecutor.submit(pool, nest(500))
      yield* untilDone(future)
      assert.strictEqual(yield* Future.result(future), 500)
    })))

  it.effect("and fails as one of them does leaves the places as they were", () =>
    inRegion(Effect.gen(function*() {
      const pool = yield* ThreadPoolExecutor.make({ maxWorkers: 1 })
      const outer = yield* ThreadPoolExecutor.submit(
        pool,
        Effect.flatMap(ThreadPoolExecutor.submit(pool, Effect.die("inner")), Future.result)
      )
      const exit = yield* Future.exit(outer)
      assert.strictEqual(Exit.isFailure(exit) ? Cause.squash(exit.cause) : undefined, "inner")
      yield* assertPlaces(pool, 1)
    })))

  it.effect("has no more than one of them run on its place, whichever of several it waits for end", () =>
    inRegion(Effect.gen(function*() {
      const pool = yield* ThreadPoolExecutor.make({ maxWorkers: 1 })
      const { count, counts } = counting()
      const gate = yield* Event.make()
      const byHand = yield* Effect.replicateEffect(Future.make<void>(), 4)
      const future = yield* ThreadPoolExecutor.submit(
        pool,
        Effect.gen(function*() {
          const own = yield* Effect.replicateEffect(ThreadPoolExecutor.submit(pool, count(Event.wait(gate))), 4)
          yield* Stream.runDrain(Future.asCompleted([...own, ...byHand]))
          yield* Future.wait([...own, ...byHand])
        })
      )
      yield* settle
      for (const each of byHand) {
        yield* Future.complete(each, Exit.void)
        yield* settle
      }
      assert.deepStrictEqual(counts, { now: 1, most: 1 })
      yield* Event.set(gate)
      yield* untilDone(future)
      assert.strictEqual(counts.most, 1)
      yield* assertPlaces(pool, 1)
    })))
})

describe("many tasks that wait for one pending task of their executor", () => {
  it.effect("have no more at work at once than there are workers", () =>
    inRegion(Effect.gen(function*() {
      const maxWorkers = 2
      const pool = yield* ThreadPoolExecutor.make({ maxWorkers })
      const { count, counts } = counting()
      const gate = yield* Event.make()
      const both = yield* Effect.replicateEffect(ThreadPoolExecutor.submit(pool, Event.wait(gate)), maxWorkers)
      let pending: Future.Future<void> | undefined
      const work = Effect.repeat(Effect.yieldNow, { times: 3 })
      const waiters = yield* Effect.replicateEffect(
        ThreadPoolExecutor.submit(
          pool,
          Effect.gen(function*() {
            yield* count(work)
            yield* Future.result(pending!)
            yield* count(work)
          })
        ),
        50
      )
      pending = yield* ThreadPoolExecutor.submit(pool, Effect.asVoid(count(work)))
      yield* Event.set(gate)
      yield* Future.wait([...both, pending, ...waiters])
      for (const waiter of waiters) assert.deepStrictEqual(yield* Future.exit(waiter), Exit.void)
      assert.isAtMost(counts.most, maxWorkers)
      yield* assertPlaces(pool, maxWorkers)
    })))
})

describe("a task that gives up waiting for another one, which has begun on its place", () => {
  const waits: Record<string, (future: Future.Future<string>) => Effect.Effect<unknown, unknown>> = {
    result: Future.result,
    exit: Future.exit,
    wait: (future) => Future.wait([future]),
    asCompleted: (future) => Stream.runDrain(Future.asCompleted([future]))
  }

  it.effect.each(Object.entries(waits))(
    "goes on beside it; nothing new begins until both count among the workers again (%s)",
    ([, wait]) =>
      inRegion(Effect.gen(function*() {
        const pool = yield* ThreadPoolExecutor.make({ maxWorkers: 2 })
        const [innerGate, otherGate, outerGate] = [yield* Event.make(), yield* Event.make(), yield* Event.make()]
        let inner: Future.Future<string> | undefined
        const other = yield* ThreadPoolExecutor.submit(pool, Event.wait(otherGate))
        const outer = yield* ThreadPoolExecutor.submit(
          pool,
          Effect.gen(function*() {
            inner = yield* ThreadPoolExecutor.submit(pool, Effect.as(Event.wait(innerGate), "inner"))
            const answer = yield* Effect.timeoutOption(wait(inner), "1 second")
            yield* Event.wait(outerGate)
            return answer
          })
        )
        const next = yield* ThreadPoolExecutor.submit(pool, Effect.succeed("next"))
        yield* settle
        assert.isTrue(yield* Future.isRunning(inner!))
        yield* TestClock.adjust("1 second")
        yield* settle
        assert.deepStrictEqual(load(pool), { ...load(pool), running: 3, queued: 1 })

        yield* Event.set(otherGate)
        yield* Future.result(other)
        yield* settle
        assert.deepStrictEqual(load(pool), { ...load(pool), running: 2, queued: 1 })
        yield* Event.set(outerGate)
        assert.deepStrictEqual(yield* Future.result(outer), Option.none())
        assert.strictEqual(yield* Future.result(next), "next")
        yield* Event.set(innerGate)
        assert.strictEqual(yield* Future.result(inner!), "inner")
        yield* assertPlaces(pool, 2)
      }))
  )

  it.effect("lends it its place again when it waits again, so that a free place is used", () =>
    inRegion(Effect.gen(function*() {
      const pool = yield* ThreadPoolExecutor.make({ maxWorkers: 2 })
      const [innerGate, otherGate] = [yield* Event.make(), yield* Event.make()]
      const byHand = yield* Future.make<void>()
      const other = yield* ThreadPoolExecutor.submit(pool, Event.wait(otherGate))
      const outer = yield* ThreadPoolExecutor.submit(
        pool,
        Effect.gen(function*() {
          const inner = yield* ThreadPoolExecutor.submit(pool, Event.wait(innerGate))
          yield* Stream.runDrain(Future.asCompleted([inner, byHand]))
        })
      )
      const next = yield* ThreadPoolExecutor.submit(pool, Effect.succeed("next"))
      yield* settle
      yield* Future.complete(byHand, Exit.void)
      yield* settle
      assert.isFalse(yield* Future.isDone(next))
      yield* Event.set(otherGate)
      yield* Future.result(other)
      yield* untilDone(next)
      assert.isFalse(yield* Future.isDone(outer))
      yield* Event.set(innerGate)
      yield* Future.result(outer)
      yield* assertPlaces(pool, 2)
    })))

  it.effect("by interruption gives its place back as well", () =>
    inRegion(Effect.gen(function*() {
      const pool = yield* ThreadPoolExecutor.make({ maxWorkers: 1 })
      const gate = yield* Event.make()
      let inner: Future.Future<void> | undefined
      const outer = yield* ThreadPoolExecutor.submit(
        pool,
        Effect.gen(function*() {
          inner = yield* ThreadPoolExecutor.submit(pool, Event.wait(gate))
          yield* Future.wait([inner])
        })
      )
      yield* settle
      yield* Future.interrupt(outer)
      assert.isTrue(yield* Future.isCancelled(outer))
      assert.isTrue(yield* Future.isRunning(inner!))
      yield* Event.set(gate)
      yield* Future.result(inner!)
      yield* assertPlaces(pool, 1)
    })))
})

describe("two executors", () => {
  it.effect("keep their places apart: a task that waits for another executor's lends nothing", () =>
    inRegion(Effect.gen(function*() {
      const [one, other] = [
        yield* ThreadPoolExecutor.make({ maxWorkers: 1 }),
        yield* ThreadPoolExecutor.make({ maxWorkers: 1 })
      ]
      const gate = yield* Event.make()
      yield* ThreadPoolExecutor.submit(other, Event.wait(gate))
      const queued = yield* ThreadPoolExecutor.submit(other, Effect.succeed("queued"))
      const waiting = yield* ThreadPoolExecutor.submit(one, Future.result(queued))
      const behind = yield* ThreadPoolExecutor.submit(one, Effect.void)
      yield* settle
      assert.deepStrictEqual(
        yield* Effect.forEach([queued, waiting, behind], Future.isDone),
        [false, false, false]
      )
      yield* Event.set(gate)
      assert.strictEqual(yield* Future.result(waiting), "queued")
      yield* assertPlaces(one, 1)
      yield* assertPlaces(other, 1)
    })))
})
