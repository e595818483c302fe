import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { Thread, ThreadGroup } from "effect-threading"
import * as Buffer from "../../examples/census/buffer.ts"

/** Lets the others run until this thread waits for a condition. */
const untilAsleep = (thread: Thread.Thread<unknown, unknown>): Effect.Effect<void> =>
  Effect.flatMap(Thread.state(thread), (state) =>
    state._tag === "Blocked" && state.on.kind === "Condition"
      ? Effect.void
      : state._tag === "Terminated"
      ? Effect.die("it ended instead of waiting")
      : Effect.flatMap(Effect.yieldNow, () => untilAsleep(thread)))

/** So small a share that it is but the one item that everybody gets. */
const takeOne = <A>(buffer: Buffer.Buffer<A>) => Buffer.take(buffer, 0.01)

describe("the census's buffer", () => {
  it.effect("keeps who puts waiting while it is full, and gives everything out in order", () =>
    Effect.gen(function*() {
      const buffer = yield* Buffer.make<number>(2)
      const putter = yield* Thread.fork(Effect.forEach([1, 2, 3, 4, 5], (n) => Buffer.put(buffer, n)))
      yield* untilAsleep(putter)
      assert.deepStrictEqual(buffer.items, [1, 2])
      const taken = [yield* takeOne(buffer)]
      yield* untilAsleep(putter)
      assert.deepStrictEqual(buffer.items, [2, 3])
      for (let n = 0; n < 4; n++) taken.push(yield* takeOne(buffer))
      yield* Thread.join(putter)
      assert.deepStrictEqual(taken.flat(), [1, 2, 3, 4, 5])
    }).pipe(ThreadGroup.supervise))

  it.effect("keeps who takes waiting while it is empty, one item for each", () =>
    Effect.gen(function*() {
      const buffer = yield* Buffer.make<string>(2)
      const takers = yield* Effect.replicateEffect(Thread.fork(takeOne(buffer)), 2)
      yield* Effect.forEach(takers, untilAsleep)
      yield* Buffer.put(buffer, "first")
      assert.deepStrictEqual(yield* Thread.join(takers[0]!), ["first"])
      assert.strictEqual((yield* Thread.state(takers[1]!))._tag, "Blocked")
      yield* Buffer.put(buffer, "second")
      assert.deepStrictEqual(yield* Thread.join(takers[1]!), ["second"])
    }).pipe(ThreadGroup.supervise))

  it.effect("gives out shares of what is there, rounded up", () =>
    Effect.gen(function*() {
      const buffer = yield* Buffer.make<number>(5)
      yield* Effect.forEach([1, 2, 3, 4, 5], (n) => Buffer.put(buffer, n))
      assert.deepStrictEqual(yield* Buffer.take(buffer, 1 / 2), [1, 2, 3])
      assert.deepStrictEqual(yield* Buffer.take(buffer, 1 / 4), [4])
      const putters = yield* Effect.forEach([6, 7, 8, 9, 10, 11], (n) => Thread.fork(Buffer.put(buffer, n)))
      yield* Effect.forEach(putters.slice(4), untilAsleep)
      assert.deepStrictEqual(yield* Buffer.take(buffer, 1), [5, 6, 7, 8, 9])
      yield* Effect.forEach(putters, Thread.join)
      assert.deepStrictEqual(yield* Buffer.take(buffer, 1), [10, 11])
    }).pipe(ThreadGroup.supervise))

  it.effect("gives out what is left when it is closed, and then nothing, to all who wait", () =>
    Effect.gen(function*() {
      const buffer = yield* Buffer.make<string>(2)
      const takers = yield* Effect.replicateEffect(Thread.fork(takeOne(buffer)), 3)
      yield* Effect.forEach(takers, untilAsleep)
      yield* Buffer.put(buffer, "last")
      yield* Buffer.close(buffer)
      assert.deepStrictEqual(
        yield* Effect.forEach(takers, Thread.join),
        [["last"], [], []]
      )
      assert.deepStrictEqual(yield* takeOne(buffer), [])
    }).pipe(ThreadGroup.supervise))
})
