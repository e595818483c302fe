// Interrupting a region interrupts all its threads at once, and waits until they have tidied up.
import { NodeRuntime } from "@effect/platform-node"
import { Console, Effect } from "effect"
import { Event, Thread, ThreadGroup } from "effect-threading"

// #region region
const alive = Effect.map(Thread.enumerate, (threads) => threads.map(({ name }) => name).join(", "))

const forkWaiting = (name: string) =>
  Thread.fork(Effect.onInterrupt(Effect.never, () => Console.log(`${name}: tidied up`)), { name })

const program = Effect.gen(function*() {
  const underway = yield* Event.make()

  const crawl = Effect.gen(function*() {
    yield* forkWaiting("reader")
    yield* forkWaiting("writer")
    yield* Effect.yieldNow // they begin
    yield* Event.set(underway)
  })
  const crawler = yield* Thread.fork(ThreadGroup.supervise(crawl), { name: "crawler" })

  yield* Event.wait(underway)
  yield* Console.log(`alive: ${yield* alive}`)
  yield* Thread.interrupt(crawler)
  yield* Console.log(`alive: ${yield* alive}`)
})
// #endregion region

program.pipe(ThreadGroup.supervise, NodeRuntime.runMain)

// Output:
// alive: MainThread, crawler, reader, writer
// reader: tidied up
// writer: tidied up
// alive: MainThread
