import { Effect } from "effect"
import { Event } from "effect-threading"
import { setTimeout } from "node:timers/promises"
import { workerData } from "node:worker_threads"

// Twice the time after which a waiter looks again, so that it has to stay alive by itself.
await setTimeout(600)
await Effect.runPromise(Event.set(workerData as Event.SharedEvent))
