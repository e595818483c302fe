import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { once } from "node:events"
import { Worker } from "node:worker_threads"
import { sampleStack } from "../../src/node/internal/workerStack.ts"
import type { Standing } from "./workers/standing.ts"

const start = (how: Standing["how"]) =>
  Effect.acquireRelease(
    Effect.promise(async () => {
      const enough = new SharedArrayBuffer(4)
      const workerData: Standing = { how, enough }
      const worker = new Worker(new URL("./workers/standing.ts", import.meta.url), { workerData })
      await once(worker, "message")
      const end = once(worker, "message")
      const letGo = async () => {
        Atomics.store(new Int32Array(enough), 0, 1)
        Atomics.notify(new Int32Array(enough), 0)
        assert.deepStrictEqual(await end, ["over"])
        assert.deepStrictEqual(await once(worker, "exit"), [0])
      }
      return { worker, letGo: Effect.promise(letGo) }
    }),
    ({ worker }) => Effect.promise(() => worker.terminate())
  )

/** Until the worker does what it is for. */
const soon = (worker: Worker): Effect.Effect<string> =>
  Effect.flatMap(sampleStack(worker), (stack) => stack === undefined ? soon(worker) : Effect.succeed(stack))

describe("the stack of a worker", { timeout: 60_000 }, () => {
  for (const how of ["spin", "match", "block"] as const) {
    it.effect(`is told while it stands in ${how}(), again and again, and it goes on`, () =>
      Effect.gen(function*() {
        const { letGo, worker } = yield* start(how)
        const pattern = new RegExp(`^ {4}at ${how} \\(.*standing\\.ts:\\d+:\\d+\\)$`, "m")
        yield* Effect.repeat(Effect.map(soon(worker), (stack) => pattern.test(stack)), { until: (isThere) => isThere })
        assert.match(yield* soon(worker), pattern)
        yield* letGo
      }))
  }

  it.effect("is not told of one that waits, without holding it up", () =>
    Effect.gen(function*() {
      const { letGo, worker } = yield* start("wait")
      yield* Effect.repeat(sampleStack(worker), { until: (stack) => stack === undefined })
      assert.isUndefined(yield* sampleStack(worker))
      yield* letGo
    }))

  it.effect("is not told in native code, and the worker goes on when it comes back from there", () =>
    Effect.gen(function*() {
      const { letGo, worker } = yield* start("native")
      yield* Effect.repeat(sampleStack(worker), { until: (stack) => stack === undefined })
      yield* letGo
    }))

  it.effect("is not told of one that has ended, or is ended meanwhile", () =>
    Effect.gen(function*() {
      const { worker } = yield* start("spin")
      const [, stack] = yield* Effect.all([Effect.promise(() => worker.terminate()), sampleStack(worker)], {
        concurrency: "unbounded"
      })
      assert.isTrue(stack === undefined || stack.includes("spin"))
      assert.isUndefined(yield* sampleStack(worker))
    }))

  it.effect("may be given up at any moment, and the worker goes on", () =>
    Effect.gen(function*() {
      const { letGo, worker } = yield* start("spin")
      for (let ms = 0; ms < 60; ms += 3) {
        yield* Effect.promise(() => Effect.runPromise(Effect.timeoutOption(sampleStack(worker), ms)))
      }
      yield* letGo
    }))
})
