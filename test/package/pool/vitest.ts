// Run by vitest against the packed tarball, in a project of its own, by check.ts.
import { Effect, Option } from "effect"
import { Task, WorkerPool } from "effect-threading"
import { NodeWorkerPool } from "effect-threading/node"
import { expect, it } from "vitest"
import { Point } from "../../bundles/program/tasks.ts"

const tasks = Task.module<typeof import("../../bundles/program/tasks.ts")>(
  new URL("../../bundles/program/tasks.ts", import.meta.url),
  { classes: [Point] }
)
const program = Effect.all([tasks.double(new Point(21)), tasks.half(8)])

it.each([
  ["here", WorkerPool.layerInline()],
  ["in threads", NodeWorkerPool.layer({ size: 1 })],
  ["in processes", NodeWorkerPool.layerProcess({ size: 1 })]
])("tasks run %s", { timeout: 30_000 }, async (_, layer) => {
  const [point, half] = await Effect.runPromise(Effect.provide(program, layer))
  expect(point).toEqual(new Point(42))
  expect(half).toEqual(Option.some(4))
})
