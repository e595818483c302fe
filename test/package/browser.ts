// Compiled with the DOM's types and run against the packed tarball, in a project of its own, by check.ts.
import { Effect } from "effect"
import { Lock, WorkerPool } from "effect-threading"
import { BrowserWorkerPool } from "effect-threading/browser"

// @ts-expect-error what is internal cannot be imported
const internal = await import("effect-threading/browser/internal/webWorkers").catch((
  error: { readonly code: string }
) => error.code)

const worker = (name: string) => new Worker(new URL("./worker.js", import.meta.url), { type: "module", name })

const program = Effect.gen(function*() {
  const { size, workers } = yield* WorkerPool.stats
  const lock = yield* Lock.makeShared()
  return [size, workers, yield* Lock.isLocked(lock), typeof BrowserWorkerPool.SharedMemoryUnavailableError]
})

const seen = await Effect.runPromise(Effect.provide(program, BrowserWorkerPool.layer({ size: 3, worker })))
console.log(seen.join(" "), internal, import.meta.resolve("effect-threading/browser/worker").split("/").at(-1))
