/** No services for workers: who would give them the cache that they ask for? */
import { Effect, Layer } from "effect"
import { Cache, Database } from "./services.ts"

export default Layer.effect(Database, Effect.map(Cache, () => ({ query: () => Effect.succeed([3]) })))
