import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { Task, Thread, ThreadGroup, WorkerPool } from "effect-threading"
import { NodeWorkerPool } from "effect-threading/node"

const effects = Task.module<typeof import("./workers/effects.ts")>(new URL("./workers/effects.ts", import.meta.url))

const options = { name: "pool", size: 1, capacity: 9 }

const poolNow = Effect.map(Thread.dump, ({ pools }) => pools.find(({ name }) => name === "pool"))

/** Looks again and again, since a worker says nothing when it has begun. */
const poolOnce = (what: (pool: Thread.DumpedPool) => boolean) =>
  Effect.repeat(Effect.tap(poolNow, () => Effect.promise(() => new Promise(setImmediate))), {
    until: (pool): pool is Thread.DumpedPool => pool !== undefined && what(pool)
  })

describe("the dump of a pool", { timeout: 60_000 }, () => {
  for (
    const [engine, layer] of [
      ["threads", NodeWorkerPool.layer(options)],
      ["processes", NodeWorkerPool.layerProcess(options)],
      ["inline", WorkerPool.layerInline(options)]
    ] as const
  ) {
    it.effect(`tells of ${engine}: who runs what, for whom, and what is queued`, () =>
      Effect.gen(function*() {
        yield* Effect.gen(function*() {
          const first = yield* Thread.fork(effects.never(), { name: "first" })
          const busy = yield* poolOnce(({ workers }) => workers.some(({ tasks }) => tasks.length > 0))
          const second = yield* Thread.fork(effects.never(), { name: "second" })
          const full = yield* poolOnce(({ queued }) => queued === 1)
          const blocked = (yield* Thread.dump).threads.map((
            { name, waitsFor }
          ) => [name, waitsFor?.name, waitsFor?.heldBy])
          yield* Thread.interrupt(second)
          yield* Thread.interrupt(first)
          const idle = yield* poolOnce(({ workers }) => workers.every(({ state }) => state === "idle"))

          assert.deepInclude(busy, { engine, size: 1, queued: 0, capacity: 9 })
          const [worker, ...others] = busy.workers
          assert.deepStrictEqual(others, [])
          assert.deepInclude(worker, { name: "pool/1", state: "busy", tasksDone: 0 })
          assert.strictEqual(typeof worker!.id, engine === "inline" ? "undefined" : "number")
          assert.deepStrictEqual(
            worker!.tasks.map(({ caller, name, state }) => [name, state, caller]),
            [["effects.never", "running", "first"]]
          )
          assert.strictEqual(full.workers[0]?.tasks.length, 1)
          assert.includeDeepMembers(blocked, [["first", "effects.never", "pool/1"]])
          assert.deepInclude(idle.workers[0], { state: "idle", tasks: [], tasksDone: 1 })
        }).pipe(Effect.provide(layer))
        assert.isUndefined(yield* poolNow)
      }).pipe(ThreadGroup.supervise))
  }
})
