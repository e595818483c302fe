/** A task that returns a stream, or anything that can be iterated asynchronously, is a stream here. */
import { assert } from "@effect/vitest"
import { Cause, Effect, Exit, Fiber, Stream } from "effect"
import { folder, tasks, untilStats } from "../support.ts"
import type { Case, Folder } from "../support.ts"

const made = ({ lines }: Folder) => Effect.map(lines, (all) => all.filter((line) => line.startsWith("makes")).length)

export const streams = (): ReadonlyArray<Case> => [
  {
    title: "arrive whole and in order, then end",
    body: Effect.gen(function*() {
      const all = yield* Stream.runCollect(tasks.numbers(10_000))
      assert.strictEqual(all.length, 10_000)
      assert.isTrue(all.every((n, i) => n === i + 1))
      assert.deepStrictEqual(yield* Stream.runCollect(tasks.numbers(0)), [])
    })
  },
  {
    title: "fail after what they emitted before, with tag and fields",
    body: Effect.gen(function*() {
      const seen: Array<number> = []
      const failed = yield* Stream.runForEach(tasks.roots(1, 4, -9, 16), (n) => Effect.sync(() => seen.push(n))).pipe(
        Effect.catchTag("Negative", ({ n }) => Effect.succeed(n))
      )
      assert.strictEqual(failed, -9)
      assert.deepStrictEqual(seen, [1, 2])
    })
  },
  {
    title: "die after what they emitted before",
    body: Effect.gen(function*() {
      const seen: Array<number> = []
      const exit = yield* Effect.exit(Stream.runForEach(tasks.dyingStream(), (n) => Effect.sync(() => seen.push(n))))
      assert.deepStrictEqual(seen, [1])
      assert(Exit.isFailure(exit))
      assert.instanceOf(Cause.squash(exit.cause), RangeError)
    })
  },
  {
    title: "are closed when the consumer has enough, before it goes on",
    body: Effect.gen(function*() {
      const { lines, path } = yield* folder
      assert.deepStrictEqual(yield* Stream.runCollect(Stream.take(tasks.counts(path), 3)), [1, 2, 3])
      assert.strictEqual((yield* lines).at(-1), "closed")
    })
  },
  {
    title: "are closed when the consumer fails, before its failure is seen",
    body: Effect.gen(function*() {
      const { lines, path } = yield* folder
      const failed = yield* Effect.flip(
        Stream.runForEach(tasks.counts(path), (n) => n < 2 ? Effect.void : Effect.fail(n))
      )
      assert.strictEqual(failed, 2)
      assert.strictEqual((yield* lines).at(-1), "closed")
    })
  },
  {
    title: "are closed when the consumer is interrupted while it waits for an element, before it goes on",
    body: Effect.gen(function*() {
      const { lines, path, told } = yield* folder
      const fiber = yield* Effect.forkChild(Stream.runDrain(tasks.silence(path)))
      yield* told("silence begins")
      yield* Fiber.interrupt(fiber)
      assert.deepStrictEqual(yield* lines, ["silence begins", "silence ends with Failure"])
    })
  },
  {
    title: "are held back by a slow consumer",
    body: Effect.gen(function*() {
      const place = yield* folder
      let taken = 0
      let ahead = 0
      yield* Stream.runForEach(Stream.take(tasks.counts(place.path), 30), () =>
        Effect.gen(function*() {
          taken++
          // The other worker has time for these while the stream could go on.
          yield* tasks.add(1, 2)
          yield* tasks.add(1, 2)
          ahead = Math.max(ahead, (yield* made(place)) - taken)
        }))
      assert.isAtMost(ahead, 6)
    })
  },
  {
    title: "have a Scope that is closed when they end",
    body: Effect.gen(function*() {
      const { lines, path } = yield* folder
      assert.deepStrictEqual(yield* Stream.runCollect(tasks.rows(path)), ["used"])
      assert.deepStrictEqual(yield* lines, ["acquired", "released"])
    })
  },
  {
    title: "may be async iterables, whose errors are defects",
    body: Effect.gen(function*() {
      assert.deepStrictEqual(yield* Stream.runCollect(tasks.letters("abc")), ["a", "b", "c"])
      const exit = yield* Effect.exit(Stream.runCollect(tasks.letters("abc!")))
      assert(Exit.isFailure(exit))
      assert.instanceOf(Cause.squash(exit.cause), RangeError)
    })
  },
  {
    title: "that are async iterables are returned from when the consumer has enough",
    body: Effect.gen(function*() {
      const { lines, path } = yield* folder
      assert.deepStrictEqual(yield* Stream.runCollect(Stream.take(tasks.spelled(path), 3)), [1, 2, 3])
      assert.deepStrictEqual(yield* lines, ["closed"])
    })
  },
  {
    title: "start anew each time they are run, and leave no worker taken",
    body: Effect.gen(function*() {
      const { path } = yield* folder
      const counts = Stream.take(tasks.counts(path), 2)
      assert.deepStrictEqual(yield* Effect.all([Stream.runCollect(counts), Stream.runCollect(counts)]), [[1, 2], [
        1,
        2
      ]])
      yield* untilStats(({ busy, running }) => busy === 0 && running === 0)
    })
  }
]
