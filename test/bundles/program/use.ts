/** What a caller sees of the tasks, all of it plain. */
import { Console, Effect, Option, Stream } from "effect"
import type { Layer } from "effect"
import type { Task, WorkerPool } from "effect-threading"
import type { Step } from "./services.ts"
import { Point, TooBig, TooSmall } from "./tasks.ts"

export const classes = [Point, TooBig, TooSmall]

export const use = (
  tasks: Task.Module<typeof import("./tasks.ts")>,
  layer: Layer.Layer<WorkerPool.WorkerPool<Step>>
): Promise<void> => {
  const program = Effect.gen(function*() {
    const point = yield* tasks.double(new Point(21))
    const tooBig = yield* Effect.flip(tasks.half(12))
    const tooSmall = yield* Effect.flip(tasks.half(-2))
    const seen = {
      point: point instanceof Point && point.x,
      errors: [tooBig instanceof TooBig && tooBig.n, tooSmall instanceof TooSmall && tooSmall.n],
      options: [Option.getOrUndefined(yield* tasks.half(8)), Option.isNone(yield* tasks.half(7))],
      steps: yield* Stream.runCollect(tasks.steps(3)),
      bytes: (yield* tasks.bytes(3)).length,
      spin: Option.isNone(yield* Effect.timeoutOption(tasks.spin(), "20 millis"))
    }
    yield* Console.log(JSON.stringify(seen))
  })
  return Effect.runPromise(Effect.provide(program, layer))
}
