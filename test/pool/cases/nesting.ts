/** A task calls tasks of its own pool, whatever there is room for. */
import { assert } from "@effect/vitest"
import { Effect, Fiber, Stream } from "effect"
import { folder, single, tasks, untilStats } from "../support.ts"
import type { Case } from "../support.ts"

export const nesting = (): ReadonlyArray<Case> => [
  {
    title: "go deeper than there are workers",
    options: single,
    body: Effect.gen(function*() {
      assert.strictEqual(yield* tasks.deep(12), 12)
    })
  },
  {
    title: "branch out, many at once",
    body: Effect.gen(function*() {
      assert.strictEqual(yield* tasks.fib(9), 34)
      assert.deepStrictEqual(
        yield* Effect.forEach([1, 2, 3, 4, 5, 6, 7, 8], tasks.fib, { concurrency: "unbounded" }),
        [1, 1, 2, 3, 5, 8, 13, 21]
      )
    })
  },
  {
    title: "make hundreds of calls at once, on one worker and among others' calls",
    options: { size: 1, capacity: 4 },
    body: Effect.gen(function*() {
      assert.deepStrictEqual(
        yield* Effect.all([tasks.sumOf(300), tasks.sumOf(200), tasks.add(1, 2), tasks.sumOf(100)], { concurrency: 4 }),
        [45_150, 20_100, 3, 5050]
      )
    })
  },
  {
    title: "see failures with their tags, and so do their callers",
    options: single,
    body: Effect.gen(function*() {
      const n = yield* Effect.catchTag(tasks.rootBelow(-1), "Negative", ({ n }) => Effect.succeed(n))
      assert.strictEqual(n, -1)
      assert.strictEqual(yield* tasks.rootBelow(81), 9)
    })
  },
  {
    title: "pull streams and are pulled as streams",
    options: single,
    body: Effect.gen(function*() {
      const { lines, path } = yield* folder
      assert.strictEqual(yield* tasks.sumBelow(1000), 500_500)
      assert.deepStrictEqual(yield* Stream.runCollect(tasks.numbersBelow(5)), [2, 4, 6, 8, 10])
      assert.deepStrictEqual(yield* tasks.firstBelow(path, 2), [1, 2])
      assert.strictEqual((yield* lines).at(-1), "closed")
    })
  },
  {
    title: "are closed from the outside in, before the consumer goes on, if they are streams",
    options: single,
    body: Effect.gen(function*() {
      const { lines, path } = yield* folder
      assert.deepStrictEqual(yield* Stream.runCollect(Stream.take(tasks.countsBelow(path), 3)), [1, 2, 3])
      assert.strictEqual((yield* lines).at(-1), "closed")
      yield* untilStats(({ queued, running }) => queued + running === 0)
    })
  },
  {
    title: "take those along that they called when they are interrupted",
    options: single,
    body: Effect.gen(function*() {
      const { lines, path, told } = yield* folder
      const fiber = yield* Effect.forkChild(tasks.holdBelow(path, "inner"))
      yield* told("inner begins")
      yield* Fiber.interrupt(fiber)
      assert.deepStrictEqual(yield* lines, ["inner begins", "inner ends with Failure"])
      assert.strictEqual(yield* tasks.deep(2), 2)
    })
  }
]
