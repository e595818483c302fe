/** Threads, executors and other pools around a pool. */
import { assert } from "@effect/vitest"
import { Effect, Stream } from "effect"
import { Future, Thread, ThreadPoolExecutor } from "effect-threading"
import { until } from "../fixtures/log.ts"
import { closable, folder, tasks } from "../support.ts"
import type { Case, Engine } from "../support.ts"

export const neighbours = ({ layer }: Engine): ReadonlyArray<Case> => [
  {
    title: "a thread may be a task, and is blocked on it while it waits",
    body: Effect.gen(function*() {
      const { open, path, told } = yield* folder
      const thread = yield* Thread.fork(tasks.hold(path, "held"), { name: "caller" })
      yield* told("held begins")
      const state = yield* until(Thread.state(thread), ({ _tag }) => _tag === "Blocked")
      assert(state._tag === "Blocked")
      assert.deepInclude(state.on, { kind: "Task", name: "tasks.hold" })
      yield* open("held")
      assert.strictEqual(yield* Thread.join(thread), "held")
    })
  },
  {
    title: "a task is the thread of its caller by name",
    body: Effect.gen(function*() {
      const thread = yield* Thread.fork(tasks.threadName(), { name: "crawler" })
      assert.strictEqual(yield* Thread.join(thread), "crawler")
    })
  },
  {
    title: "an executor submits tasks, whose futures fail as they do",
    body: Effect.gen(function*() {
      const executor = yield* ThreadPoolExecutor.make({ maxWorkers: 2 })
      const sum = yield* ThreadPoolExecutor.submit(executor, tasks.addEffect(1, 2))
      const failing = yield* ThreadPoolExecutor.submit(executor, tasks.root(-1))
      assert.strictEqual(yield* Future.result(sum), 3)
      const n = yield* Effect.catchTag(Future.result(failing), "Negative", ({ n }) => Effect.succeed(n))
      assert.strictEqual(n, -1)
    })
  },
  {
    title: "an executor maps tasks over what it is given, in order",
    body: Effect.gen(function*() {
      const executor = yield* ThreadPoolExecutor.make({ maxWorkers: 4 })
      const inputs = Array.from({ length: 100 }, (_, i) => i)
      assert.deepStrictEqual(
        yield* Stream.runCollect(ThreadPoolExecutor.map(executor, inputs, (n) => tasks.add(n, 1))),
        inputs.map((n) => n + 1)
      )
    })
  },
  {
    title: "a future that is interrupted cancels its task",
    body: Effect.gen(function*() {
      const { lines, path, told } = yield* folder
      const executor = yield* ThreadPoolExecutor.make({ maxWorkers: 1 })
      const future = yield* ThreadPoolExecutor.submit(executor, tasks.hold(path, "held"))
      yield* told("held begins")
      yield* Future.interrupt(future)
      assert.deepStrictEqual(yield* lines, ["held begins", "held ends with Failure"])
    })
  },
  {
    title: "two pools have nothing to do with one another",
    body: Effect.gen(function*() {
      const { open, path, told } = yield* folder
      const one = yield* closable(layer({ size: 1 }))
      const other = yield* closable(layer({ size: 1 }))
      const held = yield* Thread.fork(Effect.provideContext(tasks.hold(path, "held"), one.context))
      yield* told("held begins")
      assert.strictEqual(yield* Effect.provideContext(tasks.add(1, 2), other.context), 3)
      yield* other.close
      yield* open("held")
      assert.strictEqual(yield* Thread.join(held), "held")
      yield* one.close
    })
  }
]
