import { assert, describe, it } from "@effect/vitest"
import { Cause, Effect, Exit, Fiber } from "effect"
import { Event, Future, Thread, ThreadPoolExecutor } from "effect-threading"
import { suites } from "./contracts/suites.ts"
import { contract } from "./support/contract.ts"
import { inRegion, namesOf, settle, untilRunning } from "./support/pool.ts"

const squash = (exit: Exit.Exit<unknown, unknown>) => Exit.isFailure(exit) ? Cause.squash(exit.cause) : exit

contract("Future", suites.Future)

describe("interrupt", () => {
  it.effect("ends the task of a running future, its finalizers run, and leaves the worker alive", () =>
    inRegion(Effect.gen(function*() {
      const pool = yield* ThreadPoolExecutor.make({ maxWorkers: 1, threadNamePrefix: "kept" })
      let finalized = false
      const finalizer = Effect.andThen(Effect.yieldNow, Effect.sync(() => finalized = true))
      const future = yield* ThreadPoolExecutor.submit(pool, Effect.ensuring(Effect.never, finalizer))
      yield* untilRunning(pool, 1)
      yield* Future.interrupt(future)
      assert.isTrue(finalized)
      assert.isTrue(yield* Future.isCancelled(future))
      assert.instanceOf(yield* Effect.flip(Future.result(future)), Future.CancelledError)
      const next = yield* ThreadPoolExecutor.submit(pool, Thread.current)
      assert.strictEqual((yield* Future.result(next)).name, "kept_0")
      assert.deepStrictEqual(yield* namesOf("kept_"), ["kept_0"])
    })))

  it.effect("does nothing to one that is done", () =>
    inRegion(Effect.gen(function*() {
      const pool = yield* ThreadPoolExecutor.make({ maxWorkers: 1 })
      const future = yield* ThreadPoolExecutor.submit(pool, Effect.succeed(1))
      yield* Future.result(future)
      yield* Future.interrupt(future)
      assert.strictEqual(yield* Future.result(future), 1)
    })))

  it.effect("keeps what a finalizer died with", () =>
    inRegion(Effect.gen(function*() {
      const pool = yield* ThreadPoolExecutor.make({ maxWorkers: 1 })
      const future = yield* ThreadPoolExecutor.submit(pool, Effect.ensuring(Effect.never, Effect.die("in the end")))
      yield* untilRunning(pool, 1)
      yield* Future.interrupt(future)
      assert.strictEqual(squash(yield* Future.exit(future)), "in the end")
      assert.isFalse(yield* Future.isCancelled(future))
    })))

  it.effect("waits for a task that cannot be interrupted, and takes its result", () =>
    inRegion(Effect.gen(function*() {
      const pool = yield* ThreadPoolExecutor.make({ maxWorkers: 1 })
      const gate = yield* Event.make()
      const future = yield* ThreadPoolExecutor.submit(
        pool,
        Effect.uninterruptible(Effect.as(Event.wait(gate), "whole"))
      )
      yield* untilRunning(pool, 1)
      const interrupter = yield* Effect.forkChild(Future.interrupt(future))
      yield* settle
      assert.isUndefined(interrupter.pollUnsafe())
      yield* Event.set(gate)
      yield* Fiber.join(interrupter)
      assert.isTrue(yield* Future.isDone(future))
    })))
})

describe("cancelling a queued future", () => {
  it.effect("runs its callbacks in the one who cancels, who goes on when they have run", () =>
    inRegion(Effect.gen(function*() {
      const pool = yield* ThreadPoolExecutor.make({ maxWorkers: 1 })
      const gate = yield* Event.make()
      yield* ThreadPoolExecutor.submit(pool, Event.wait(gate))
      const queued = yield* ThreadPoolExecutor.submit(pool, Effect.void)
      const seen: Array<string> = []
      yield* Future.onDone(queued, () => Effect.map(Thread.current, ({ name }) => void seen.push(name)))
      const canceller = yield* Thread.fork(Future.cancel(queued), { name: "canceller" })
      assert.isTrue(yield* Thread.join(canceller))
      assert.deepStrictEqual(seen, ["canceller"])
      yield* Event.set(gate)
    })))

  it.effect("thousands of times leaves the rest in order", () =>
    inRegion(Effect.gen(function*() {
      const pool = yield* ThreadPoolExecutor.make({ maxWorkers: 1 })
      const gate = yield* Event.make()
      const ran: Array<number> = []
      const first = yield* ThreadPoolExecutor.submit(pool, Event.wait(gate))
      yield* untilRunning(pool, 1)
      const numbers = Array.from({ length: 3000 }, (_, n) => n)
      const futures = yield* Effect.forEach(
        numbers,
        (n) => ThreadPoolExecutor.submit(pool, Effect.sync(() => void ran.push(n)))
      )
      for (const n of numbers) if (n % 10 !== 0) yield* Future.cancel(futures[n]!)
      yield* Event.set(gate)
      yield* Future.wait([first, ...futures])
      assert.deepStrictEqual(ran, numbers.filter((n) => n % 10 === 0))
    })))
})

describe("cancelling all that is queued", () => {
  it.effect("reaches those behind one that was cancelled before", () =>
    inRegion(Effect.gen(function*() {
      const pool = yield* ThreadPoolExecutor.make({ maxWorkers: 1 })
      const gate = yield* Event.make()
      yield* ThreadPoolExecutor.submit(pool, Event.wait(gate))
      yield* untilRunning(pool, 1)
      const queued = yield* Effect.replicateEffect(ThreadPoolExecutor.submit(pool, Effect.void), 4)
      let calls = 0
      yield* Future.onDone(queued[1]!, () => Effect.sync(() => calls++))
      yield* Future.cancel(queued[1]!)
      yield* ThreadPoolExecutor.shutdown(pool, { wait: false, cancelFutures: true })
      assert.deepStrictEqual(yield* Effect.forEach(queued, Future.isCancelled), [true, true, true, true])
      assert.strictEqual(calls, 1)
      yield* Event.set(gate)
      yield* ThreadPoolExecutor.shutdown(pool)
    })))
})

describe("a future made by hand", () => {
  it.effect("is shown in the state of a thread that waits for it", () =>
    inRegion(Effect.gen(function*() {
      const future = yield* Future.make<number>()
      const waiter = yield* Thread.fork(Future.result(future))
      yield* settle
      const state = yield* Thread.state(waiter)
      assert(state._tag === "Blocked", state._tag)
      assert.strictEqual(state.on.kind, "Future")
      assert.include(String(future), state.on.name)
      yield* Future.complete(future, Exit.succeed(1))
      assert.strictEqual(yield* Thread.join(waiter), 1)
    })))
})
