import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { Thread } from "effect-threading"
import { setNow } from "../src/internal/coarseClock.ts"
import { takeDumpWithStacks } from "../src/internal/dumpStacks.ts"
import { openPools } from "../src/internal/pool/registry.ts"
import type { PoolView } from "../src/internal/pool/registry.ts"

const now = Date.UTC(2026, 10, 25, 3)

const fixedTime = Effect.acquireRelease(
  Effect.sync(() => setNow(() => now)),
  (restore) => Effect.sync(restore)
)

const open = (view: PoolView) =>
  Effect.acquireRelease(
    Effect.sync(() => openPools.add(view)),
    () => Effect.sync(() => openPools.delete(view))
  )

const worker = (number: number, state: Thread.DumpedWorker["state"], since: number, tasksDone: number) => ({
  name: `pool worker-${number}`,
  id: state === "starting" ? undefined : number + 2,
  state,
  since: now - since,
  tasks: [],
  tasksDone
})

const task = (name: string, since: number) => ({ name, state: "running" as const, since: now - since })

const pool = (asked: Array<string> = []): PoolView => ({
  name: "pool",
  snapshot: () => ({
    name: "pool",
    engine: "threads",
    size: 8,
    queued: 3,
    capacity: 100,
    workers: [
      {
        ...worker(1, "busy", 3200, 12),
        tasks: [{ ...task("tasks.ts#hash", 3200), caller: "crawler" }]
      },
      {
        ...worker(2, "busy", 40, 7),
        tasks: [task("tasks.ts#report", 40), { ...task("other.ts#sum", 12), state: "cancelling", caller: "reader" }]
      },
      worker(3, "idle", 61_000, 1),
      worker(4, "starting", 30, 0)
    ]
  }),
  stackOf: (worker) =>
    Effect.sync(() => {
      asked.push(worker)
      return "    at hash (tasks.ts:3:5)\n    at runTask (runner.ts:9:1)"
    })
})

describe("pools in a dump", () => {
  it.effect("are shown with their workers and these with their tasks, also where there is no thread", () =>
    Effect.gen(function*() {
      yield* fixedTime
      yield* open(pool())
      assert.strictEqual(
        String(yield* Thread.dump),
        `\
Thread dump, 2026-11-25T03:00:00.000Z: 0 threads

Worker pools
  pool  2 busy, at most 8 threads; 3 queued of 100
    "pool worker-1"  thread 3  busy      3.2 s      12 done
        runs  tasks.ts#hash  3.2 s  for crawler
    "pool worker-2"  thread 4  busy      40 ms      7 done
        runs        tasks.ts#report  40 ms
        cancelling  other.ts#sum     12 ms  for reader
    "pool worker-3"  thread 5  idle      1 min 1 s  1 done
    "pool worker-4"            starting  30 ms      0 done`
      )
    }))

  it.effect("are data, and the same data as JSON", () =>
    Effect.gen(function*() {
      const view = pool()
      yield* open(view)
      const dump = yield* Thread.dump
      assert.deepStrictEqual(dump.pools, [view.snapshot()])
      const parsed = JSON.parse(JSON.stringify(dump)) as Thread.Dump
      assert.strictEqual(JSON.stringify(parsed.pools), JSON.stringify(dump.pools))
    }))

  it.effect("are shown with the stacks of workers that have been busy for a while, if these are asked", () =>
    Effect.gen(function*() {
      yield* fixedTime
      const asked: Array<string> = []
      yield* open(pool(asked))
      const text = String(yield* takeDumpWithStacks)
      assert.deepStrictEqual(asked, ["pool worker-1"])
      assert.include(
        text,
        `
        runs  tasks.ts#hash  3.2 s  for crawler
          at hash (tasks.ts:3:5)
          at runTask (runner.ts:9:1)
    "pool worker-2"`
      )
    }))
})
