import { assert, describe, it, layer } from "@effect/vitest"
import { Effect, Exit, Fiber, Layer, Logger } from "effect"
import { Barrier, Task } from "effect-threading"
import { NodeWorkerPool } from "effect-threading/node"
import { OsThreads, osThreads } from "../src/internal/shared/osThreads.ts"
import { barrierViews, sharedBarrier } from "../src/internal/shared/sharedBarrier.ts"
import { barrierCases } from "./contracts/barrier.ts"
import { here, sharedBarriers } from "./contracts/shared.ts"
import { contract } from "./support/contract.ts"
import { collected } from "./support/garbage.ts"
import * as meeting from "./support/meetingTasks.ts"

const tasks = Task.module<typeof meeting>(new URL("./support/meetingTasks.ts", import.meta.url))

contract("shared Barrier", barrierCases(sharedBarriers(here), { acts: false }))

const isBroken = (exit: Exit.Exit<unknown, unknown>) => assert.match(String(exit), /BrokenBarrierError/)

const waiter = (barrier: Barrier.Barrier) =>
  Effect.forkChild(Effect.exit(Barrier.wait(barrier)), { startImmediately: true })

/** Goes on once so many wait. */
const untilWaiting = (barrier: Barrier.Barrier, count: number): Effect.Effect<void> =>
  Effect.flatMap(
    Barrier.waiting(barrier),
    (waiting) => waiting === count ? Effect.void : Effect.andThen(Effect.sleep(1), untilWaiting(barrier, count))
  )

const goesThrough = (barrier: Barrier.Barrier) =>
  Effect.gen(function*() {
    const parties = Array.from({ length: Barrier.parties(barrier) }, () => Barrier.wait(barrier))
    const places = yield* Effect.all(parties, { concurrency: "unbounded" })
    assert.deepStrictEqual(places, parties.map((_, place) => place))
  })

it.live("a shared barrier at which nobody waits any longer is collected", () =>
  collected(Effect.gen(function*() {
    const barrier = yield* Barrier.makeShared(2)
    yield* Effect.timeoutOption(Effect.exit(Barrier.wait(barrier)), 1)
    return sharedBarrier(barrier)
  })))

describe("a shared barrier in synchronous code", () => {
  it.effect("lets the last one through, and has nobody wait on the main thread, which breaks nothing", () =>
    Effect.gen(function*() {
      const barrier = yield* Barrier.makeShared(2)
      assert.throws(() => Barrier.waitSync(barrier), Barrier.CannotBlockError)
      assert.deepStrictEqual([yield* Barrier.waiting(barrier), yield* Barrier.isBroken(barrier)], [0, false])
      const first = yield* waiter(barrier)
      assert.strictEqual(Barrier.waitSync(barrier), 1)
      assert.deepStrictEqual(yield* Fiber.join(first), Exit.succeed(0))
    }))

  it.effect("is broken by abortSync, for those that wait and those that come", () =>
    Effect.gen(function*() {
      const barrier = yield* Barrier.makeShared(2)
      const first = yield* waiter(barrier)
      Barrier.abortSync(barrier)
      isBroken(yield* Fiber.join(first))
      assert.throws(() => Barrier.waitSync(barrier), Barrier.BrokenBarrierError)
    }))

  it.effect("is for one party or more", () =>
    Effect.gen(function*() {
      for (const parties of [0, 1.5, 2 ** 31]) {
        assert.match(String(yield* Effect.exit(Barrier.makeShared(parties))), /InvalidPartiesError/)
      }
    }))
})

let number = 2 ** 21

/** The barrier as another OS thread has it, and that one's end. */
const elsewhere = (barrier: Barrier.SharedBarrier) => {
  const threads = new OsThreads(osThreads().cells, ++number, 0, () => true)
  const copy = barrierViews.as(barrier as never, threads) as unknown as Barrier.SharedBarrier
  return { copy, dies: () => osThreads().ended(threads.me) }
}

describe("an OS thread that dies", () => {
  it.effect("while it waits has broken the barrier by the time that the last one comes", () =>
    Effect.gen(function*() {
      const barrier = yield* Barrier.makeShared(2)
      const { copy, dies } = elsewhere(barrier)
      yield* waiter(copy)
      dies()
      isBroken(yield* Effect.exit(Barrier.wait(barrier)))
      isBroken(yield* Effect.exit(Barrier.wait(barrier)))
      yield* Barrier.reset(barrier)
      yield* goesThrough(barrier)
    }))

  it.live("while it waits breaks the barrier for those that wait with it", () =>
    Effect.gen(function*() {
      const barrier = yield* Barrier.makeShared(3)
      const { copy, dies } = elsewhere(barrier)
      yield* waiter(copy)
      const other = yield* waiter(barrier)
      dies()
      isBroken(yield* Fiber.join(other))
    }))

  it.effect("after its round, before it has gone on, breaks nothing; nor does one that has not come", () =>
    Effect.gen(function*() {
      const barrier = yield* Barrier.makeShared(2)
      const { copy, dies } = elsewhere(barrier)
      yield* waiter(copy)
      assert.strictEqual(yield* Barrier.wait(barrier), 1)
      dies()
      yield* goesThrough(barrier)
    }))
})

// Workers die, of which the pool would tell.
const quietPool = Layer.provide(NodeWorkerPool.layer({ size: 2, gracePeriod: 500 }), Logger.layer([]))

layer(quietPool, { excludeTestServices: true, timeout: "1 minute" })(
  "a shared barrier between OS threads",
  (it) => {
    it.effect(
      "has all parties in each of two hundred rounds, two in workers, one of them blocked, and one here",
      () =>
        Effect.gen(function*() {
          const barrier = yield* Barrier.makeShared(3)
          const came = new Int32Array(new SharedArrayBuffer(4 * 200))
          const all = yield* Effect.all([
            tasks.meets(barrier, came),
            tasks.meetsSync(barrier, came),
            meeting.meets(barrier, came)
          ], { concurrency: "unbounded" })
          for (const { seen } of all) assert.deepStrictEqual(seen, Array<number>(200).fill(3))
          for (let round = 0; round < 200; round++) {
            assert.deepStrictEqual(all.map(({ places }) => places[round]!).sort(), [0, 1, 2])
          }
        }),
      60_000
    )

    it.effect("is broken by a blocked waiter whose task is interrupted", () =>
      Effect.gen(function*() {
        const barrier = yield* Barrier.makeShared(3)
        const first = yield* waiter(barrier)
        const blocked = yield* Effect.forkChild(tasks.comes(barrier))
        yield* untilWaiting(barrier, 2)
        yield* Fiber.interrupt(blocked)
        isBroken(yield* Fiber.join(first))
        yield* Barrier.reset(barrier)
        yield* goesThrough(barrier)
      }))

    it.effect("tells a blocked waiter, with the error, that another OS thread has broken it", () =>
      Effect.gen(function*() {
        const barrier = yield* Barrier.makeShared(3)
        const blocked = yield* Effect.forkChild(Effect.sandbox(tasks.comes(barrier)))
        yield* untilWaiting(barrier, 1)
        yield* tasks.aborts(barrier)
        isBroken(yield* Fiber.await(blocked))
      }))

    it.effect("is broken by a worker that exits while it waits", () =>
      Effect.gen(function*() {
        const barrier = yield* Barrier.makeShared(3)
        const [first, dead] = [yield* waiter(barrier), yield* Effect.forkChild(Effect.exit(tasks.exitsAt(barrier)))]
        isBroken(yield* Fiber.join(first))
        yield* Fiber.join(dead)
        assert.strictEqual(yield* Barrier.waiting(barrier), 0)
        yield* Barrier.reset(barrier)
        yield* goesThrough(barrier)
      }))

    it.effect(
      "is broken by a worker that is killed while it waits, for a blocked waiter too",
      () =>
        Effect.gen(function*() {
          const barrier = yield* Barrier.makeShared(4)
          const first = yield* waiter(barrier)
          const blocked = yield* Effect.forkChild(Effect.sandbox(tasks.comes(barrier)))
          yield* untilWaiting(barrier, 2)
          const doomed = yield* Effect.forkChild(tasks.spinsAt(barrier))
          yield* untilWaiting(barrier, 3)
          yield* Fiber.interrupt(doomed)
          isBroken(yield* Fiber.join(first))
          isBroken(yield* Fiber.await(blocked))
        }),
      60_000
    )
  }
)
