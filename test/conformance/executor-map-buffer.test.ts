import { assert, describe, it } from "@effect/vitest"
import { Array, Effect, Stream } from "effect"
import { ThreadPoolExecutor } from "effect-threading"
import { defectOf, inRegion, load, settle, untilIdle } from "../support/pool.ts"

const pool = ThreadPoolExecutor.make({ maxWorkers: 5 })

/** Counts from 0 for ever, and tells how far it was taken. */
const counter = () => {
  let taken = 0
  const numbers = function*() {
    for (;;) yield taken++
  }
  return { numbers: numbers(), taken: () => taken }
}

const identity = (n: number) => Effect.succeed(n)

describe("a map with bufferSize", () => {
  it.effect("gives the same results in the same order [doc:3.14:Executor.map.buffersize_results]", () =>
    inRegion(Effect.gen(function*() {
      const executor = yield* pool
      for (const bufferSize of [1, 2, 4, 8]) {
        const squares = ThreadPoolExecutor.map(executor, [0, 1, 2, 3], (n) => Effect.succeed(n * n), { bufferSize })
        assert.deepStrictEqual(yield* Stream.runCollect(squares), [0, 1, 4, 9])
        const pairs = Array.zip([0, 1, 2, 3], [4, 5, 6, 7])
        const sums = ThreadPoolExecutor.map(executor, pairs, ([a, b]) => Effect.succeed(a + b), { bufferSize })
        assert.deepStrictEqual(yield* Stream.runCollect(sums), [4, 6, 8, 10])
      }
    })))

  it.effect("takes an infinite input as it goes [doc:3.14:Executor.map.buffersize_infinite]", () =>
    inRegion(Effect.gen(function*() {
      const executor = yield* pool
      const one = ThreadPoolExecutor.map(executor, counter().numbers, identity, { bufferSize: 2 })
      assert.deepStrictEqual(yield* Stream.runCollect(Stream.take(one, 3)), [0, 1, 2])
      const [left, right] = [counter().numbers, counter().numbers]
      const pairs = function*() {
        for (;;) yield [left.next().value!, right.next().value!] as const
      }
      const two = ThreadPoolExecutor.map(executor, pairs(), ([a, b]) => Effect.succeed(a + b), { bufferSize: 2 })
      assert.deepStrictEqual(yield* Stream.runCollect(Stream.take(two, 3)), [0, 2, 4])
    })))

  it.effect("of nothing ends at once [doc:3.14:Executor.map.buffersize_empty]", () =>
    inRegion(Effect.gen(function*() {
      const executor = yield* pool
      const stream = ThreadPoolExecutor.map(executor, [], identity, { bufferSize: 2 })
      assert.deepStrictEqual(yield* Stream.runCollect(stream), [])
      assert.strictEqual(load(executor).workers, 0)
    })))

  it.effect("takes no more than that while nobody asks for a result [doc:3.14:Executor.map.buffersize_full]", () =>
    inRegion(Effect.gen(function*() {
      const executor = yield* pool
      const { numbers, taken } = counter()
      yield* Stream.toPull(ThreadPoolExecutor.map(executor, numbers, identity, { bufferSize: 2 }))
      yield* untilIdle(executor)
      yield* settle
      assert.strictEqual(taken(), 2)
      assert.strictEqual(numbers.next().value, 2)
    })))

  it.effect("takes one more item at each step, before it waits for the oldest result [doc:3.14:Executor.map.buffersize_refill]", () =>
    inRegion(Effect.gen(function*() {
      const executor = yield* pool
      const { numbers, taken } = counter()
      const takenWhenGiven: globalThis.Array<number> = []
      const stream = ThreadPoolExecutor.map(executor, numbers, identity, { bufferSize: 3 })
      const seen = yield* Stream.runCollect(
        Stream.take(Stream.tap(stream, () => Effect.sync(() => takenWhenGiven.push(taken()))), 4)
      )
      assert.deepStrictEqual(seen, [0, 1, 2, 3])
      assert.deepStrictEqual(takenWhenGiven, [4, 5, 6, 7])
    })))

  it.effect("fails if the executor is shut down and there is more to submit [doc:3.14:Executor.map.buffersize_after_shutdown]", () =>
    inRegion(Effect.gen(function*() {
      const executor = yield* pool
      const pull = yield* Stream.toPull(
        ThreadPoolExecutor.map(executor, counter().numbers, identity, { bufferSize: 2 })
      )
      assert.deepStrictEqual(yield* pull, [0])
      yield* ThreadPoolExecutor.shutdown(executor)
      assert.instanceOf(yield* Effect.flip(pull), ThreadPoolExecutor.ExecutorShutdownError)
    })))

  it.effect("below 1 dies before an item is taken [doc:3.14:Executor.map.buffersize_value]", () =>
    inRegion(Effect.gen(function*() {
      const executor = yield* pool
      for (const bufferSize of [0, -1]) {
        const { numbers, taken } = counter()
        const defect = yield* defectOf(
          Stream.runDrain(ThreadPoolExecutor.map(executor, numbers, identity, { bufferSize }))
        )
        assert.instanceOf(defect, ThreadPoolExecutor.InvalidWorkersError)
        assert.match((defect as Error).message, /bufferSize must be greater than 0/)
        assert.strictEqual(taken(), 0)
      }
    })))

  it.effect("that is no whole number dies before an item is taken; one that is no number does not compile [doc:3.14:Executor.map.buffersize_type]", () =>
    inRegion(Effect.gen(function*() {
      const executor = yield* pool
      const { numbers, taken } = counter()
      // @ts-expect-error -- a number, or nothing
      const words = ThreadPoolExecutor.map(executor, numbers, identity, { bufferSize: "foo" })
      const halves = ThreadPoolExecutor.map(executor, numbers, identity, { bufferSize: 2.5 })
      for (const stream of [words, halves]) {
        const defect = yield* defectOf(Stream.runDrain(stream))
        assert.match((defect as Error).message, /bufferSize must be/)
      }
      assert.strictEqual(taken(), 0)
      const two = ThreadPoolExecutor.map(executor, [1, 2, 3], identity, { bufferSize: 2.0 })
      assert.deepStrictEqual(yield* Stream.runCollect(two), [1, 2, 3])
    })))
})
