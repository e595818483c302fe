/** What is peculiar to Web Workers; what they have in common with all workers is tested in test/pool. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Layer, References, Schedule } from "effect"
import { Event, Lock, Semaphore, Task, WorkerPool } from "effect-threading"
import type { BrowserWorkerPool } from "effect-threading/browser"
import { folder, reasonIn, reasonOf, tasks as others } from "../pool/support.ts"
import { viewOf } from "../support/osThreads.ts"
import { pageLayer } from "../support/pageLayer.ts"
import { processTimeout, run } from "../support/run.ts"
import { untilWaiting } from "../support/waiters.ts"
import { webWorker } from "../support/webWorker.ts"
import type { Way } from "./tasks.ts"

const tasks = Task.module<typeof import("./tasks.ts")>(new URL("./tasks.ts", import.meta.url))

// That a worker is gone is logged.
const silent = Layer.succeed(References.MinimumLogLevel, "None")

const pool = (options?: BrowserWorkerPool.Options<never>) => Layer.provideMerge(pageLayer(true)(options), silent)

const apart = (options?: BrowserWorkerPool.Options<never>) => Layer.provideMerge(pageLayer(false)(options), silent)

const one: BrowserWorkerPool.Options<never> = { size: 1, respawn: Schedule.spaced(1) }

/** Notes what workers are called. */
const named = (names: Array<string>): BrowserWorkerPool.Options<never> => ({
  ...one,
  name: "web",
  worker: (name) => {
    names.push(name)
    return webWorker(name)
  }
})

const numberIn = (name: string | undefined): number => Number(/^web\/\d+ \(OS thread (\d+)\)$/.exec(name!)?.[1])

const bound = 60_000

describe("a Web Worker", () => {
  it.live("has the number that its pool has put into its name, and does without Node", () =>
    Effect.gen(function*() {
      const names: Array<string> = []
      const seen = yield* Effect.provide(tasks.whoami(), pool(named(names)))
      assert.deepStrictEqual(seen, { name: names[0], nativeId: numberIn(names[0]), isNode: false })
    }), bound)

  it.live("has threads whose idents differ, however large its number", () =>
    Effect.gen(function*() {
      assert.strictEqual(new Set(yield* tasks.idents(20)).size, 20)
    }).pipe(Effect.provide(pool(one))), bound)

  it.live("that has no number in its name works, and shares locks with others", () =>
    Effect.gen(function*() {
      const lock = yield* Lock.makeShared()
      const cells = new Int32Array(new SharedArrayBuffer(4))
      yield* Effect.all([tasks.counts(lock, cells, 1000), tasks.counts(lock, cells, 1000)], { concurrency: 2 })
      assert.strictEqual(cells[0], 2000)
      assert.strictEqual((yield* tasks.whoami()).nativeId, 0)
    }).pipe(Effect.provide(pool({ size: 2, worker: () => webWorker("a worker") }))), bound)

  it.live(
    "of a page that is not cross-origin isolated does not hear of a cancellation while it computes",
    () =>
      Effect.gen(function*() {
        const { lines, path, told } = yield* folder
        const fiber = yield* Effect.forkChild(others.computes(path))
        yield* told("computes")
        yield* Fiber.interrupt(fiber)
        assert.deepStrictEqual(yield* lines, ["computes"])
        assert.strictEqual((yield* WorkerPool.stats).terminated, 1)
      }).pipe(Effect.scoped, Effect.provide(apart({ size: 1, gracePeriod: 1 }))),
    bound
  )

  it.live("is one of as many as the browser runs at once, if nobody says how many", () =>
    Effect.gen(function*() {
      assert.strictEqual((yield* WorkerPool.stats).size, navigator.hardwareConcurrency)
    }).pipe(Effect.provide(pool())))
})

describe("a Web Worker that ends", () => {
  const deaths: Readonly<Record<Exclude<Way, "spins">, readonly [exitCode: number, cause?: string]>> = {
    closes: [0],
    exits: [7],
    throws: [1, "RangeError: outside"],
    rejects: [1, "RangeError: unheard"],
    throwsFunction: [1, "Error: Uncaught function outside() {}"],
    rejectsFunction: [1, "Error: Uncaught function unheard() {}"]
  }
  for (const [way, [exitCode, cause]] of Object.entries(deaths)) {
    it.live(
      `fails its task with Exited, and what was behind that goes to another (${way})`,
      () =>
        Effect.gen(function*() {
          const [dead, behind] = yield* Effect.all([reasonOf(tasks.dies(way as Way)), tasks.double(21)], {
            concurrency: "unbounded"
          })
          assert(dead._tag === "Exited")
          assert.strictEqual(dead.exitCode, exitCode)
          assert.strictEqual(dead.cause === undefined ? undefined : String(dead.cause), cause)
          assert.strictEqual(behind, 42)
          assert.deepInclude(yield* WorkerPool.stats, { crashes: 1, completed: 1 })
        }).pipe(Effect.provide(pool(one))),
      bound
    )
  }

  it.live("fails no task of other workers", () =>
    Effect.gen(function*() {
      const { open, path, told } = yield* folder
      const other = yield* Effect.forkChild(others.hold(path, "other"))
      yield* told("other begins")
      assert.strictEqual((yield* reasonOf(tasks.dies("closes")))._tag, "Exited")
      yield* open("other")
      assert.strictEqual(yield* Fiber.join(other), "other")
    }).pipe(Effect.scoped, Effect.provide(pool({ ...one, size: 2 }))), bound)

  for (const way of ["closes", "exits", "throws", "rejects", "spins"] as const) {
    const isCancelled = way === "spins"
    it.live(
      `leaves the locks that it held abandoned, and gives back its permits (${way})`,
      () =>
        Effect.gen(function*() {
          const names: Array<string> = []
          const [lock, semaphore] = [yield* Lock.makeShared(), yield* Semaphore.makeBoundedShared(3)]
          yield* Effect.gen(function*() {
            const held = yield* Event.makeShared()
            const dead = yield* Effect.forkChild(Effect.exit(tasks.holds(lock, held, way)))
            yield* Event.wait(held)
            const waits = yield* Effect.forkChild(Effect.flip(Lock.withLock(lock, Effect.void)))
            if (isCancelled) {
              yield* untilWaiting(viewOf(lock), 1)
              yield* Fiber.interrupt(dead)
            } else assert.strictEqual(reasonIn(yield* Fiber.join(dead))._tag, "Exited")
            assert.strictEqual((yield* Fiber.join(waits)).ident, numberIn(names[0]))
            assert.isTrue(yield* Lock.recover(lock, Effect.void))

            const taken = yield* Event.makeShared()
            const gone = yield* Effect.forkChild(Effect.exit(tasks.takes(semaphore, taken, way)))
            yield* Event.wait(taken)
            if (isCancelled) yield* Fiber.interrupt(gone)
            yield* Semaphore.withPermits(semaphore, 3, Effect.void)
          }).pipe(Effect.provide(pool({ ...named(names), gracePeriod: 1 })))
        }),
      bound
    )
  }
})

describe("a Web Worker that does not start", () => {
  const unloadable = (name: string) => webWorker(name, new URL("./nowhere.js", import.meta.url).href)
  const unmakeable = () => {
    throw new RangeError("not allowed here")
  }
  for (
    const [what, make, cause] of [
      ["whose script cannot be loaded", unloadable, "Error: The worker's script could not be loaded"],
      ["that the browser refuses to make", unmakeable, "RangeError: not allowed here"]
    ] as const
  ) {
    const counting = (fails: number) => {
      const made: Array<string> = []
      const worker = (name: string) => {
        made.push(name)
        return (made.length > fails ? webWorker : make)(name)
      }
      return { made, layer: pool({ size: 1, worker, respawn: Schedule.upTo(Schedule.spaced(1), { times: 2 }) }) }
    }

    it.live(`${what} is tried again as the pool's policy says, until the task fails with SpawnFailed`, () => {
      const { layer, made } = counting(Infinity)
      return Effect.gen(function*() {
        const reason = yield* reasonOf(tasks.double(21))
        assert(reason._tag === "SpawnFailed")
        assert.strictEqual(String(reason.cause), cause)
        assert.lengthOf(made, 3)
      }).pipe(Effect.provide(layer))
    }, bound)

    it.live(`${what} is no matter to the task if another does`, () => {
      const { layer, made } = counting(2)
      return Effect.gen(function*() {
        assert.strictEqual(yield* tasks.double(21), 42)
        assert.lengthOf(made, 3)
      }).pipe(Effect.provide(layer))
    }, bound)
  }
})

describe("without shared memory", () => {
  it.live(
    "tasks run, and who wants to share something dies of SharedMemoryUnavailableError",
    () =>
      Effect.gen(function*() {
        const { code, stderr, stdout } = yield* run(new URL("./programs/noSharedMemory.ts", import.meta.url))
        const advice = "browsers give only to pages that are cross-origin isolated: serve them with the headers "
          + "Cross-Origin-Opener-Policy: same-origin and Cross-Origin-Embedder-Policy: require-corp."
        const kinds = ["Lock", "RLock", "ReadWriteLock", "Semaphore", "Event", "Barrier"]
        assert.deepStrictEqual(stdout.trimEnd().split("\n"), [
          "shares memory: false",
          "doubled: 2,4,6",
          "bytes: 3",
          ...kinds.map((kind) => `${kind}: ${kind}.makeShared needs shared memory, which ${advice}`),
          `SharedRef: SharedRef.make needs shared memory, which ${advice}`,
          "other locks: work"
        ])
        assert.deepStrictEqual([code, stderr], [0, ""])
      }),
    processTimeout
  )
})
