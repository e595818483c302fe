/** A page that is not cross-origin isolated: what works in it, and what it is told of the rest. */
import "./withoutSharedMemory.ts"
import { Cause, Console, Effect, Exit } from "effect"
import { Barrier, Event, Lock, ReadWriteLock, RLock, Semaphore, SharedRef, Task } from "effect-threading"
import { BrowserWorkerPool } from "effect-threading/browser"
import { pageLayer } from "../../support/pageLayer.ts"
import { webWorker } from "../../support/webWorker.ts"

const worker = import.meta.resolve("./noSharedMemoryWorker.ts")
const tasks = Task.module<typeof import("../tasks.ts")>(new URL("../tasks.ts", import.meta.url))

const shared: Readonly<Record<string, Effect.Effect<unknown>>> = {
  Lock: Lock.makeShared(),
  RLock: RLock.makeShared(),
  ReadWriteLock: ReadWriteLock.makeShared(),
  Semaphore: Semaphore.makeShared(1),
  Event: Event.makeShared(),
  Barrier: Barrier.makeShared(2),
  SharedRef: SharedRef.make(0)
}

const program = Effect.gen(function*() {
  yield* Console.log(`shares memory: ${yield* tasks.sharesMemory()}`)
  yield* Console.log(`doubled: ${yield* Effect.forEach([1, 2, 3], tasks.double, { concurrency: "unbounded" })}`)
  yield* Console.log(`bytes: ${yield* tasks.length(new Uint8Array(3))}`)
  for (const [name, make] of Object.entries(shared)) {
    const exit = yield* Effect.exit(make)
    const defect = Exit.isFailure(exit) ? Cause.squash(exit.cause) : undefined
    yield* Console.log(
      `${name}: ${defect instanceof BrowserWorkerPool.SharedMemoryUnavailableError ? defect.message : exit}`
    )
  }
  const lock = yield* Lock.make()
  yield* Lock.withLock(lock, Console.log("other locks: work"))
})

await Effect.runPromise(
  Effect.provide(program, pageLayer(false)({ size: 2, worker: (name) => webWorker(name, worker) }))
)
