/** What a pool does, whatever its workers are: each case is run on every engine. */
import { describe, layer } from "@effect/vitest"
import { Context, Effect, Layer } from "effect"
import { ThreadGroup } from "effect-threading"
import type { WorkerPool } from "effect-threading"
import { cancellation } from "./cases/cancellation.ts"
import { capacity } from "./cases/capacity.ts"
import { closing } from "./cases/closing.ts"
import { neighbours } from "./cases/neighbours.ts"
import { nesting } from "./cases/nesting.ts"
import { results } from "./cases/results.ts"
import { services } from "./cases/services.ts"
import { streams } from "./cases/streams.ts"
import { values } from "./cases/values.ts"
import { workers } from "./cases/workers.ts"
import { single } from "./support.ts"
import type { Case, Engine } from "./support.ts"

const parts: Record<string, (engine: Engine) => ReadonlyArray<Case>> = {
  "what a task gives": results,
  "what crosses": values,
  "streams": streams,
  "services": services,
  "tasks that call tasks": nesting,
  "room in the queue": capacity,
  "cancellation": cancellation,
  "workers": workers,
  "closing": closing,
  "a pool and what is around it": neighbours
}

class Single extends Context.Service<Single, Context.Context<WorkerPool.WorkerPool>>()("test/pool/Single") {}

// Workers take their time to start, so most cases share them.
const shared = (engine: Engine) =>
  Layer.merge(engine.layer({ size: 2 }), Layer.effect(Single, Layer.build(engine.layer(single))))

export const contract = (engine: Engine): void => {
  layer(shared(engine), { excludeTestServices: true, timeout: "1 minute" })(
    `a pool of ${engine.name}`,
    (it) => {
      for (const [part, cases] of Object.entries(parts)) {
        describe(part, () => {
          for (const { body, options, title } of cases(engine)) {
            const test = ThreadGroup.nursery(body)
            const run = options === undefined
              ? test
              : options === single
              ? Effect.flatMap(Single, (context) => Effect.provideContext(test, context))
              : Effect.provide(test, engine.layer(options))
            it.effect(title, () => run, 60_000)
          }
        })
      }
    }
  )
}
