/** There are as many workers as there is need for, and not more than there may be. */
import { assert } from "@effect/vitest"
import { Effect } from "effect"
import { WorkerPool } from "effect-threading"
import { folder, tasks, untilStats } from "../support.ts"
import type { Case, Engine } from "../support.ts"

const times = <A>(n: number, a: A): ReadonlyArray<A> => Array.from({ length: n }, () => a)

const together = { concurrency: "unbounded" } as const

export const workers = ({ name }: Engine): ReadonlyArray<Case> => {
  // Inline workers share their modules.
  const differ = (count: number) => name === "inline" ? 1 : count
  return [
    {
      title: "are not started before there is a call, and one serves calls that come one after the other",
      options: { size: 3 },
      body: Effect.gen(function*() {
        assert.strictEqual((yield* WorkerPool.stats).workers, 0)
        const ids = yield* Effect.all(times(3, tasks.workerId()))
        assert.strictEqual(new Set(ids).size, 1)
        assert.strictEqual((yield* WorkerPool.stats).workers, 1)
      })
    },
    {
      title: "are as many as calls are there at once, up to the size",
      options: { size: 2 },
      body: Effect.gen(function*() {
        const first = yield* folder
        // Each waits for the other.
        const ids = yield* Effect.all(times(2, tasks.meet(first.path, 2)), together)
        assert.strictEqual(new Set(ids).size, differ(2))
        const second = yield* folder
        const all = yield* Effect.all(times(40, tasks.meet(second.path, 1)), together)
        assert.strictEqual(new Set([...ids, ...all]).size, differ(2))
        assert.strictEqual((yield* WorkerPool.stats).workers, 2)
      })
    },
    {
      title: "are replaced after so many tasks as they may run",
      options: { size: 1, maxTasksPerWorker: 2 },
      body: Effect.gen(function*() {
        const ids = yield* Effect.all(times(5, tasks.workerId()))
        const expected = name === "inline" ? [5] : [2, 2, 1]
        assert.deepStrictEqual([...new Set(ids)].map((id) => ids.filter((other) => other === id).length), expected)
        assert.strictEqual((yield* WorkerPool.stats).recycled, 2)
        // All at once, and none is lost.
        const sums = yield* Effect.all(Array.from({ length: 6 }, (_, i) => tasks.add(i, i)), together)
        assert.deepStrictEqual(sums, Array.from({ length: 6 }, (_, i) => 2 * i))
      })
    },
    {
      title: "retire after they have been idle for long enough, and come back when they are needed",
      options: { size: 2, idleTimeToLive: 1 },
      body: Effect.gen(function*() {
        const { path } = yield* folder
        const before = yield* Effect.all(times(2, tasks.meet(path, 2)), together)
        yield* untilStats(({ workers }) => workers === 0)
        const id = yield* tasks.workerId()
        assert.strictEqual(before.includes(id), name === "inline")
      })
    },
    {
      title: "are counted, with what they have done",
      options: { size: 2, name: "counted" },
      body: Effect.gen(function*() {
        yield* Effect.all([tasks.add(1, 2), tasks.root(4), Effect.ignore(tasks.root(-1))])
        const stats = yield* WorkerPool.stats
        assert.deepInclude(stats, {
          name: "counted",
          size: 2,
          workers: 1,
          busy: 0,
          queued: 0,
          completed: 3,
          crashes: 0
        })
        assert.strictEqual(stats.run.count, 3)
      })
    }
  ]
}
