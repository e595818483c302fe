/** Workers that have a database, but no cache. */
import { Effect, Layer } from "effect"
import { Database } from "./services.ts"

export default Layer.succeed(Database, { query: () => Effect.succeed([2]) })
