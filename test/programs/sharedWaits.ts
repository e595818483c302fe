/** Programs that wait for something in shared memory, and have nothing else that would keep them alive. */
import { Effect } from "effect"
import { Event, Lock, Thread, ThreadGroup } from "effect-threading"
import { Worker } from "node:worker_threads"

/** A worker that does not keep the process alive sets the event when this OS thread has been idle for a while. */
const setSoon = (event: Event.SharedEvent): void =>
  new Worker(new URL("./setSoon.ts", import.meta.url), { workerData: event }).unref()

const programs: Record<string, Effect.Effect<unknown, unknown>> = {
  "waits": Effect.gen(function*() {
    const event = yield* Event.makeShared()
    setSoon(event)
    yield* Event.wait(event)
    console.log("went on")
  }),
  "has waited": Effect.gen(function*() {
    const event = yield* Event.makeShared()
    const lock = yield* Lock.makeShared()
    yield* Effect.timeoutOption(Event.wait(event), 20)
    yield* Lock.withLock(lock, Effect.timeoutOption(Lock.acquireScoped(lock), 20).pipe(Effect.scoped))
    console.log("gave up")
  }),
  "waits as a daemon": ThreadGroup.supervise(Effect.gen(function*() {
    const event = yield* Event.makeShared()
    yield* Thread.fork(Event.wait(event), { daemon: true })
    console.log("waits")
    yield* Effect.never
  }))
}

await Effect.runPromise(programs[process.argv[2]!]!)
