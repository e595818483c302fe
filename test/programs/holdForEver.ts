import { Effect } from "effect"
import { Lock } from "effect-threading"
import { parentPort, workerData } from "node:worker_threads"

const held = Effect.sync(() => parentPort!.postMessage("held"))

// It does not end by itself.
setInterval(() => {}, 60_000)
await Effect.runPromise(Lock.withLock(workerData as Lock.SharedLock, Effect.andThen(held, Effect.never)))
