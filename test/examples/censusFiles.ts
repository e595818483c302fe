/**
 * How the census's tasks read files in tests, as a module of services: as ever, but for what a test does instead. That is a variable,
 * so it works for tasks in this very OS thread alone.
 */
import { Effect, Layer } from "effect"
import { WorkerPool } from "effect-threading"
import filesLayer, { Files } from "../../examples/census/files.ts"

type Read = Files["Service"]["read"]

const asEver = (read: Read): Read => read

const reading = { instead: asEver }

/** @public named by its URL below */
export default Layer.effect(Files)(
  Effect.map(Files, ({ read }) => ({ read: (path, found) => reading.instead(read)(path, found) }))
).pipe(Layer.provide(filesLayer))

const services = WorkerPool.services<typeof import("./censusFiles.ts")>(new URL(import.meta.url))

/** A pool in this very OS thread. */
export const inline = WorkerPool.layerInline({ size: 4, services })

/** A pool in this very OS thread whose tasks read in another way. */
export const inlineReading = (instead: (asEver: Read) => Read) =>
  Layer.merge(
    inline,
    Layer.effectDiscard(Effect.acquireRelease(
      Effect.sync(() => {
        reading.instead = instead
      }),
      () =>
        Effect.sync(() => {
          reading.instead = asEver
        })
    ))
  )
