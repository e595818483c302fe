/** Closing a pool answers everybody. */
import { assert } from "@effect/vitest"
import { Effect, Exit, Fiber, Stream } from "effect"
import { WorkerPool } from "effect-threading"
import { until } from "../fixtures/log.ts"
import { closable, folder, reasonIn, reasonOf, tasks } from "../support.ts"
import type { Case, Engine } from "../support.ts"

export const closing = ({ layer, name }: Engine): ReadonlyArray<Case> => [
  {
    title: "ends what runs and what is queued with Terminated, after its finalizers",
    body: Effect.gen(function*() {
      const { lines, path, told } = yield* folder
      const { close, context } = yield* closable(layer({ size: 2, gracePeriod: "20 seconds" }))
      const call = (task: Effect.Effect<unknown, unknown, WorkerPool.WorkerPool>) =>
        Effect.forkChild(Effect.exit(Effect.provideContext(task, context)))
      const first = yield* call(tasks.hold(path, "first"))
      yield* told("first begins")
      const stream = yield* call(Stream.runDrain(tasks.silence(path)))
      yield* told("silence begins")
      const queued = yield* call(tasks.add(1, 2))
      const queuedStream = yield* call(Stream.runDrain(tasks.numbers(3)))
      yield* until(Effect.provideContext(WorkerPool.stats, context), (stats) => stats.queued === 2)
      yield* close
      assert.includeMembers([...yield* lines], ["first ends with Failure", "silence ends with Failure"])
      for (const fiber of [first, stream, queued, queuedStream]) {
        assert.strictEqual(reasonIn(yield* Fiber.join(fiber))._tag, "Terminated")
      }
    })
  },
  {
    title: "answers those who wait for room as well",
    body: Effect.gen(function*() {
      const { path, told } = yield* folder
      const { close, context } = yield* closable(layer({ size: 1, capacity: 1 }))
      const call = (task: Effect.Effect<unknown, unknown, WorkerPool.WorkerPool>) =>
        Effect.forkChild(Effect.exit(Effect.provideContext(task, context)))
      const first = yield* call(tasks.hold(path, "first"))
      yield* told("first begins")
      const waiting = yield* Effect.forEach([1, 2, 3], (n) => call(tasks.add(n, n)))
      yield* until(Effect.provideContext(WorkerPool.stats, context), (stats) => stats.queued === 1)
      yield* close
      for (const fiber of [first, ...waiting]) {
        assert.strictEqual(reasonIn(yield* Fiber.join(fiber))._tag, "Terminated")
      }
    })
  },
  {
    title: "sends away whoever comes later",
    body: Effect.gen(function*() {
      const { close, context } = yield* closable(layer({ size: 1 }))
      assert.strictEqual(yield* Effect.provideContext(tasks.add(1, 2), context), 3)
      yield* close
      const reason = yield* Effect.provideContext(reasonOf(tasks.add(1, 2)), context)
      assert.strictEqual(reason._tag, "Terminated")
      const exit = yield* Effect.exit(Stream.runDrain(Stream.provideContext(tasks.numbers(2), context)))
      assert.strictEqual(reasonIn(exit)._tag, "Terminated")
    })
  },
  {
    title: "is done at once if no worker was ever needed, and can be done while one starts",
    body: Effect.gen(function*() {
      yield* Effect.flatMap(closable(layer({ size: 1 })), ({ close }) => close)
      const { close, context } = yield* closable(layer({ size: 1 }))
      const call = yield* Effect.forkChild(Effect.exit(Effect.provideContext(tasks.add(1, 2), context)))
      yield* until(Effect.provideContext(WorkerPool.stats, context), ({ workers }) => workers === 1)
      yield* close
      const exit = yield* Fiber.join(call)
      // Inline, it may have been quicker than that.
      if (Exit.isFailure(exit)) assert.strictEqual(reasonIn(exit)._tag, "Terminated")
      else assert.strictEqual(name, "inline")
    })
  },
  ...(name === "inline" ? [] : [{
    title: "ends a task that spins after the grace period, and answers its caller",
    body: Effect.gen(function*() {
      const { path, told } = yield* folder
      const { close, context } = yield* closable(layer({ size: 1, gracePeriod: 50 }))
      const call = yield* Effect.forkChild(Effect.exit(Effect.provideContext(tasks.spins(path), context)))
      yield* told("spins")
      yield* close
      assert.strictEqual(reasonIn(yield* Fiber.join(call))._tag, "Terminated")
    })
  }]),
  {
    title: "ends a promise that never settles after the grace period, and answers its caller",
    body: Effect.gen(function*() {
      const { path, told } = yield* folder
      const { close, context } = yield* closable(layer({ size: 1, gracePeriod: 50 }))
      const call = yield* Effect.forkChild(Effect.exit(Effect.provideContext(tasks.hangs(path), context)))
      yield* told("hangs")
      yield* close
      assert.strictEqual(reasonIn(yield* Fiber.join(call))._tag, "Terminated")
    })
  }
]
