/** What the workers of a pool offer to tasks. */
import { Context, Effect, Layer, Random } from "effect"

export class Database extends Context.Service<Database, {
  readonly query: (sql: string) => Effect.Effect<ReadonlyArray<number>>
}>()("typetest/tasks/Database") {}

export class Cache extends Context.Service<Cache, {
  readonly get: (key: string) => Effect.Effect<string>
}>()("typetest/tasks/Cache") {}

// A layer that fails to build is an error of the tasks, not of the program's types.
const cache = Effect.gen(function*() {
  if ((yield* Random.next) > 1) return yield* Effect.fail("cold" as const)
  return { get: (key: string) => Effect.succeed(key) }
})

export default Layer.mergeAll(
  Layer.succeed(Database, { query: () => Effect.succeed([1]) }),
  Layer.effect(Cache, cache)
)
