/** What tasks call as tasks of their own. */
import { Effect } from "effect"
import { Task, type WorkerPool } from "effect-threading"
import { Database } from "./services.ts"

export const leaf = (n: number): number => n

export const leafQuery = (n: number) => Effect.flatMap(Database, ({ query }) => query(`leaf ${n}`))

const self = Task.module<typeof import("./inner.ts")>(new URL(import.meta.url))

// A task that calls tasks of its own module says what it returns: TypeScript cannot infer it in a circle.
export const tree = (depth: number): Effect.Effect<number, WorkerPool.TaskError, WorkerPool.WorkerPool> =>
  depth === 0 ? Effect.succeed(1) : Effect.zipWith(self.tree(depth - 1), self.leaf(depth), (a, b) => a + b)
