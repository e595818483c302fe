import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber } from "effect"
import { Event, Future, Thread, ThreadPoolExecutor } from "effect-threading"
import { defectOf, inRegion, load, settle, untilRunning } from "./support/pool.ts"

describe("a full queue", () => {
  it.effect("makes submit wait until there is room", () =>
    inRegion(Effect.gen(function*() {
      const pool = yield* ThreadPoolExecutor.make({ maxWorkers: 1, capacity: 2 })
      const gate = yield* Event.make()
      const task = Event.wait(gate)
      yield* Effect.replicateEffect(ThreadPoolExecutor.submit(pool, task), 3)
      yield* untilRunning(pool, 1)
      const submitter = yield* Thread.fork(ThreadPoolExecutor.submit(pool, Effect.succeed("in the end")))
      yield* settle
      assert.deepInclude(yield* Thread.state(submitter), {
        _tag: "Blocked",
        on: { kind: "ThreadPoolExecutor", name: "ThreadPoolExecutor-0", holder: undefined }
      })
      assert.strictEqual(load(pool).queued, 2)
      yield* Event.set(gate)
      const future = yield* Thread.join(submitter)
      assert.strictEqual(yield* Future.result(future), "in the end")
    })))

  it.effect("fails submit with a typed error if asked to, and is not full for ever", () =>
    inRegion(Effect.gen(function*() {
      const pool = yield* ThreadPoolExecutor.make({
        maxWorkers: 1,
        capacity: 1,
        onFull: "fail",
        threadNamePrefix: "bounded"
      })
      const gate = yield* Event.make()
      yield* ThreadPoolExecutor.submit(pool, Event.wait(gate))
      yield* untilRunning(pool, 1)
      const queued = yield* ThreadPoolExecutor.submit(pool, Effect.succeed("queued"))
      const error = yield* Effect.flip(ThreadPoolExecutor.submit(pool, Effect.succeed("one too many")))
      assert.instanceOf(error, ThreadPoolExecutor.ExecutorQueueFullError)
      assert.strictEqual(error.message, "bounded has 1 tasks queued already, its capacity.")
      yield* Event.set(gate)
      assert.strictEqual(yield* Future.result(queued), "queued")
      yield* Effect.flatMap(ThreadPoolExecutor.submit(pool, Effect.void), Future.result)
    })))

  it.effect("gives room to who waits for it, not to who comes just then", () =>
    inRegion(Effect.gen(function*() {
      const pool = yield* ThreadPoolExecutor.make({ maxWorkers: 1, capacity: 1 })
      const gate = yield* Event.make()
      const order: Array<string> = []
      yield* ThreadPoolExecutor.submit(pool, Event.wait(gate))
      yield* untilRunning(pool, 1)
      const queued = yield* ThreadPoolExecutor.submit(pool, Effect.void)
      const note = (name: string) => Effect.sync(() => order.push(name))
      const first = yield* Effect.forkChild(ThreadPoolExecutor.submit(pool, note("first")))
      yield* settle
      yield* Future.cancel(queued)
      // Room was granted to the one who waits, who has not gone on yet.
      const second = yield* Effect.forkChild(ThreadPoolExecutor.submit(pool, note("second")), {
        startImmediately: true
      })
      yield* Event.set(gate)
      for (const submitter of [first, second]) yield* Effect.flatMap(Fiber.join(submitter), Future.result)
      assert.deepStrictEqual(order, ["first", "second"])
    })))

  it.effect("has room again once a queued task is cancelled", () =>
    inRegion(Effect.gen(function*() {
      const pool = yield* ThreadPoolExecutor.make({ maxWorkers: 1, capacity: 1 })
      const gate = yield* Event.make()
      yield* ThreadPoolExecutor.submit(pool, Event.wait(gate))
      yield* untilRunning(pool, 1)
      const queued = yield* ThreadPoolExecutor.submit(pool, Effect.void)
      const submitter = yield* Effect.forkChild(ThreadPoolExecutor.submit(pool, Effect.succeed("next")))
      yield* settle
      assert.isUndefined(submitter.pollUnsafe())
      yield* Future.cancel(queued)
      const next = yield* Fiber.join(submitter)
      yield* Event.set(gate)
      assert.strictEqual(yield* Future.result(next), "next")
    })))

  it.effect("lets a submitter that is interrupted go, and its turn to the next", () =>
    inRegion(Effect.gen(function*() {
      const pool = yield* ThreadPoolExecutor.make({ maxWorkers: 1, capacity: 1 })
      const gate = yield* Event.make()
      const ran: Array<string> = []
      const task = (name: string) => Effect.sync(() => void ran.push(name))
      yield* ThreadPoolExecutor.submit(pool, Event.wait(gate))
      yield* untilRunning(pool, 1)
      yield* ThreadPoolExecutor.submit(pool, task("queued"))
      const [first, second] = [
        yield* Effect.forkChild(ThreadPoolExecutor.submit(pool, task("first"))),
        yield* Effect.forkChild(ThreadPoolExecutor.submit(pool, task("second")))
      ]
      yield* settle
      yield* Fiber.interrupt(first!)
      yield* Event.set(gate)
      yield* Future.result(yield* Fiber.join(second!))
      assert.deepStrictEqual(ran, ["queued", "second"])
    })))

  it.effect("does not stop a task of the executor itself, which would wait for its own end", () =>
    inRegion(Effect.gen(function*() {
      const pool = yield* ThreadPoolExecutor.make({ maxWorkers: 1, capacity: 1 })
      const future = yield* ThreadPoolExecutor.submit(
        pool,
        Effect.gen(function*() {
          const inner = yield* Effect.forEach([1, 2, 3, 4], (n) => ThreadPoolExecutor.submit(pool, Effect.succeed(n)))
          assert.strictEqual(load(pool).queued, 4)
          return yield* Effect.forEach(inner, Future.result)
        })
      )
      yield* settle
      assert.deepStrictEqual(yield* Future.result(future), [1, 2, 3, 4])
    })))

  it.effect("is no obstacle after a shutdown: those who wait for room fail", () =>
    inRegion(Effect.gen(function*() {
      const pool = yield* ThreadPoolExecutor.make({ maxWorkers: 1, capacity: 1 })
      const gate = yield* Event.make()
      yield* Effect.replicateEffect(ThreadPoolExecutor.submit(pool, Event.wait(gate)), 2)
      const submitter = yield* Effect.forkChild(Effect.flip(ThreadPoolExecutor.submit(pool, Effect.void)))
      yield* settle
      yield* ThreadPoolExecutor.shutdown(pool, { wait: false })
      assert.instanceOf(yield* Fiber.join(submitter), ThreadPoolExecutor.ExecutorShutdownError)
      yield* Event.set(gate)
    })))

  it.effect("has a capacity of at least one", () =>
    inRegion(Effect.gen(function*() {
      for (const capacity of [0, -1, 1.5, Number.NaN]) {
        assert.match(String(yield* defectOf(ThreadPoolExecutor.make({ capacity }))), /capacity must be greater than 0/)
      }
    })))
})
