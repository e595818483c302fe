/** Calls of tasks that are interrupted at any moment: queued, sent, running, answered, or while they wait for room. */
import { assert, it } from "@effect/vitest"
import { Effect, Exit, Layer, Stream } from "effect"
import { Task, WorkerPool } from "effect-threading"
import { interruptEverywhere } from "effect-threading/testing"

const tasks = Task.module<typeof import("./tasks/tasks.ts")>(new URL("./tasks/tasks.ts", import.meta.url))

type Calls<A> = Effect.Effect<A, WorkerPool.TaskError, WorkerPool.WorkerPool>

/** A pool of one worker, and what is left in it. */
const subject = (options: WorkerPool.Options<never>, effect: Calls<unknown>, expected: unknown) =>
  Effect.map(Layer.build(WorkerPool.layerInline({ size: 1, ...options })), (context) => ({
    effect: Effect.provideContext(effect, context),
    check: (exit: Exit.Exit<unknown, WorkerPool.TaskError>) =>
      Effect.provideContext(
        Effect.gen(function*() {
          if (Exit.isSuccess(exit)) assert.deepStrictEqual(exit.value, expected)
          // Whoever was to be answered was, so a call now has the worker to itself.
          assert.strictEqual(yield* tasks.add(20, 22), 42)
          const { queued, running } = yield* WorkerPool.stats
          assert.deepStrictEqual([queued, running], [0, 0])
        }),
        context
      )
  }))

const cases: Record<string, readonly [WorkerPool.Options<never>, Calls<unknown>, unknown]> = {
  "a plain function": [{}, tasks.add(1, 2), 3],
  "an effect": [{}, tasks.slowly(3), 3],
  "a task that calls tasks": [{}, tasks.twice(3), 6],
  "a stream": [{}, Stream.runCollect(tasks.numbers(6)), [1, 2, 3, 4, 5, 6]],
  "a stream that is left early": [{}, Stream.runCollect(Stream.take(tasks.numbers(1000), 2)), [1, 2]],
  "calls that wait for room": [
    { capacity: 1 },
    Effect.all([tasks.slowly(1), tasks.slowly(2), tasks.slowly(3), tasks.slowly(4)], { concurrency: "unbounded" }),
    [1, 2, 3, 4]
  ]
}

for (const [name, [options, effect, expected]] of Object.entries(cases)) {
  it.live(`${name}, interrupted at any operation, leaves nothing behind`, () =>
    Effect.gen(function*() {
      const operations = yield* interruptEverywhere(
        subject(options, effect, expected)
      )
      assert.isAtLeast(operations, 4)
    }))
}
