/** The Layer of a pool over a kind of worker. */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { Engine } from "./engine.ts"
import { poolOptions } from "./options.ts"
import type { Options } from "./options.ts"
import { Pool } from "./pool.ts"
import { show } from "./poolView.ts"
import { registerMetrics } from "./stats.ts"
import { WorkerPool } from "./workerPool.ts"

export const poolLayer = <S>(
  engine: Engine,
  options: Options<S> | undefined
): Layer.Layer<WorkerPool<S>> =>
  Layer.effect(
    WorkerPool,
    Effect.map(
      Effect.acquireRelease(
        Effect.gen(function*() {
          const context = yield* Effect.context<never>()
          const log = Effect.runForkWith(context)
          const pool = new Pool(engine, yield* poolOptions((options ?? {}) as Options<never>, engine), (effect) => {
            log(effect)
          })
          const shown = [show(pool), registerMetrics(pool, context)]
          return { pool, hide: () => shown.forEach((hide) => hide()) }
        }),
        ({ hide, pool }) => Effect.ensuring(pool.close, Effect.sync(hide))
      ),
      ({ pool }) => pool
    )
    // Which services a pool has is known to its type alone.
  ) as unknown as Layer.Layer<WorkerPool<S>>
