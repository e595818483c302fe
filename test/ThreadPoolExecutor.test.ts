import { Context, Deferred, Effect, Exit, Fiber, Scope, Stream } from "effect"
import { Event, Future, Thread, ThreadGroup, ThreadLocal, ThreadPoolExecutor } from "effect-threading"
import { assert, describe, it } from "effect-threading/testing/vitest"
import { suites } from "./contracts/suites.ts"
import { contract } from "./support/contract.ts"
import { defectOf, inRegion, logged, namesOf, settle, threadsNamed } from "./support/pool.ts"

class Greeting extends Context.Service<Greeting, { readonly text: string }>()("Greeting") {}

contract("ThreadPoolExecutor", suites.ThreadPoolExecutor)
contract("ThreadPoolExecutor's end", suites["ThreadPoolExecutor's end"])

describe("map", () => {
  // Seed 140 is where cancelling one after the other let a later item run although one before it did not.
  it.explore(
    "cancels all that is queued in one step when it fails",
    Effect.gen(function*() {
      const pool = yield* ThreadPoolExecutor.make({ maxWorkers: 1 })
      const ran: Array<number> = []
      const failing = ThreadPoolExecutor.map(pool, [1, 2, 3], (n) => {
        ran.push(n)
        return n === 1 ? Effect.fail("no") : Effect.yieldNow
      })
      assert.strictEqual(yield* Effect.flip(Stream.runDrain(failing)), "no")
      yield* ThreadPoolExecutor.shutdown(pool)
      assert.deepStrictEqual(ran, [1, 2, 3].slice(0, ran.length))
    }),
    { seed: 100, schedules: 500 }
  )
})

describe("a task", () => {
  it.effect("has the services of its submitter, on the worker's thread", () =>
    inRegion(Effect.gen(function*() {
      const pool = yield* ThreadPoolExecutor.make({ threadNamePrefix: "worker" })
      const task = Effect.gen(function*() {
        const { text } = yield* Greeting
        return `${text} from ${(yield* Thread.current).name}`
      })
      const submit = (text: string) => Effect.provideService(ThreadPoolExecutor.submit(pool, task), Greeting, { text })
      assert.strictEqual(yield* Effect.flatMap(submit("hello"), Future.result), "hello from worker_0")
      assert.strictEqual(yield* Effect.flatMap(submit("good bye"), Future.result), "good bye from worker_0")
    })))

  it.effect("may be submitted from a region inside the executor's own, which does not wait for it", () =>
    inRegion(Effect.gen(function*() {
      const pool = yield* ThreadPoolExecutor.make({ threadNamePrefix: "outer" })
      const gate = yield* Event.make()
      const future = yield* ThreadGroup.supervise(
        ThreadPoolExecutor.submit(pool, Effect.andThen(Event.wait(gate), Thread.current))
      )
      assert.isFalse(yield* Future.isDone(future))
      yield* Event.set(gate)
      assert.strictEqual((yield* Future.result(future)).name, "outer_0")
    })))
})

describe("a worker", () => {
  it.effect("keeps its thread-locals and resources from task to task, and releases them when it ends", () =>
    inRegion(Effect.gen(function*() {
      const pool = yield* ThreadPoolExecutor.make({ maxWorkers: 1 })
      const log: Array<string> = []
      const count = yield* ThreadLocal.make(() => 0)
      const connection = yield* ThreadLocal.resource(Effect.acquireRelease(
        Effect.sync(() => log.push("open")),
        () => Effect.sync(() => log.push("close"))
      ))
      const task = Effect.gen(function*() {
        yield* ThreadLocal.get(connection)
        yield* ThreadLocal.update(count, (n) => n + 1)
        return yield* ThreadLocal.get(count)
      })
      const futures = yield* Effect.replicateEffect(ThreadPoolExecutor.submit(pool, task), 3)
      assert.deepStrictEqual(yield* Effect.forEach(futures, Future.result), [1, 2, 3])
      assert.deepStrictEqual(log, ["open"])
      yield* ThreadPoolExecutor.shutdown(pool)
      assert.deepStrictEqual(log, ["open", "close"])
    })))

  it.effect("waits for what its task waits for: a sleep, say, and not for the end of its executor", () =>
    inRegion(Effect.gen(function*() {
      const pool = yield* ThreadPoolExecutor.make({ maxWorkers: 1, threadNamePrefix: "pool" })
      const go = yield* Deferred.make<void>()
      yield* ThreadPoolExecutor.submit(pool, Deferred.await(go))
      yield* Effect.yieldNow
      const worker = (yield* Thread.enumerate).find(({ name }) => name === "pool_0")!
      const state = yield* Thread.state(worker)
      yield* Deferred.succeed(go, undefined)
      assert.deepInclude(state, { _tag: "Blocked", on: { kind: "Async", name: "an asynchronous operation" } })
    })))

  it.effect("that is idle does not hold its region; what it runs does", () =>
    Effect.gen(function*() {
      const gate = yield* Event.make()
      const scope = yield* Scope.make()
      let workers: ReadonlyArray<string> = []
      const region = yield* Effect.forkChild(ThreadGroup.supervise(Effect.gen(function*() {
        // Its scope stays open: the region alone ends it.
        const pool = yield* Scope.provide(ThreadPoolExecutor.make({ threadNamePrefix: "holding" }), scope)
        yield* Effect.flatMap(ThreadPoolExecutor.submit(pool, Effect.void), Future.result)
        yield* ThreadPoolExecutor.submit(pool, Event.wait(gate))
        workers = yield* namesOf("holding_")
      })))
      yield* settle
      assert.isUndefined(region.pollUnsafe())
      yield* Event.set(gate)
      yield* settle
      assert.isDefined(region.pollUnsafe(), "the region has ended")
      assert.deepStrictEqual(workers, ["holding_0"])
      assert.deepStrictEqual(yield* namesOf("holding_"), [])
      yield* Scope.close(scope, Exit.void)
    }))

  it.effect("that is interrupted while idle takes no task any more, though it is still closing its resources", () =>
    inRegion(Effect.gen(function*() {
      const pool = yield* ThreadPoolExecutor.make({ maxWorkers: 1, threadNamePrefix: "closing" })
      const [gate, closing] = [yield* Event.make(), yield* Event.make()]
      const connection = yield* ThreadLocal.resource(
        Effect.acquireRelease(Effect.void, () => Effect.andThen(Event.set(closing), Event.wait(gate)))
      )
      yield* Effect.flatMap(ThreadPoolExecutor.submit(pool, ThreadLocal.get(connection)), Future.result)
      const [victim] = yield* threadsNamed("closing_0")
      const interrupter = yield* Effect.forkChild(Thread.interrupt(victim!))
      yield* Event.wait(closing)
      const task = yield* ThreadPoolExecutor.submit(pool, Effect.andThen(Effect.yieldNow, Thread.current))
      const waiter = yield* Effect.forkChild(Future.exit(task))
      yield* settle
      yield* Event.set(gate)
      const exit = yield* Fiber.join(waiter)
      assert(Exit.isSuccess(exit), "the task was lost")
      assert.strictEqual(exit.value.name, "closing_1")
      yield* Fiber.join(interrupter)
    })))
})

describe("an initializer", () => {
  it.effect("that dies breaks the executor with a defect, since no type tells of it", () =>
    logged((lines) =>
      inRegion(Effect.gen(function*() {
        const pool = yield* ThreadPoolExecutor.make({ maxWorkers: 1, initializer: Effect.die("not today") })
        const future = yield* ThreadPoolExecutor.submit(pool, Effect.void)
        assert.instanceOf(yield* defectOf(Future.result(future)), ThreadPoolExecutor.BrokenExecutorError)
        assert.instanceOf(
          yield* defectOf(ThreadPoolExecutor.submit(pool, Effect.void)),
          ThreadPoolExecutor.BrokenExecutorError
        )
        yield* settle
        assert.match(lines.join("\n"), /not today/)
      }))
    ))

  it.effect("that is interrupted ends its worker alone; another one begins anew", () =>
    inRegion(Effect.gen(function*() {
      const gate = yield* Event.make()
      const pool = yield* ThreadPoolExecutor.make({
        maxWorkers: 1,
        threadNamePrefix: "starting",
        initializer: Event.wait(gate)
      })
      const futures = yield* Effect.replicateEffect(ThreadPoolExecutor.submit(pool, Thread.current), 2)
      yield* settle
      const [victim] = yield* threadsNamed("starting_0")
      yield* Thread.interrupt(victim!)
      yield* Event.set(gate)
      yield* Future.wait(futures)
      const last = yield* ThreadPoolExecutor.submit(pool, Thread.current)
      assert.strictEqual((yield* Future.result(last)).name, "starting_1")
    })))

  it.effect("acquires for its worker: what it takes in its scope is released when the worker ends", () =>
    inRegion(Effect.gen(function*() {
      const log: Array<string> = []
      const pool = yield* ThreadPoolExecutor.make({
        maxWorkers: 1,
        initializer: Effect.acquireRelease(
          Effect.sync(() => log.push("open")),
          () => Effect.sync(() => log.push("close"))
        )
      })
      yield* Effect.flatMap(ThreadPoolExecutor.submit(pool, Effect.void), Future.result)
      yield* Effect.flatMap(ThreadPoolExecutor.submit(pool, Effect.void), Future.result)
      assert.deepStrictEqual(log, ["open"])
      yield* ThreadPoolExecutor.shutdown(pool)
      assert.deepStrictEqual(log, ["open", "close"])
    })))
})
