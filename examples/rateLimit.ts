// At most two requests in any 50 ms: a permit is taken for each, and a timer gives it back.
import { NodeRuntime } from "@effect/platform-node"
import { Console, type Duration, Effect } from "effect"
import { Semaphore, Thread, ThreadGroup, Timer } from "effect-threading"

// #region rateLimit
const makeLimiter = Effect.fn(function*(limit: number, window: Duration.Input) {
  const permits = yield* Semaphore.makeBounded(limit)
  // Whoever is interrupted while it waits takes no permit; whoever has one has also started its timer.
  const admitted = Effect.uninterruptibleMask((restore) =>
    Effect.andThen(
      restore(Semaphore.acquire(permits)),
      Timer.start(Semaphore.release(permits), window, { name: "permit", daemon: true })
    )
  )
  return <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.andThen(admitted, effect)
})

const program = Effect.gen(function*() {
  const limited = yield* makeLimiter(2, "50 millis")
  let sent = 0
  const request = limited(Effect.sync(() => ++sent))

  const threads = yield* Effect.replicateEffect(Thread.fork(request), 5)
  const [first, second] = threads
  yield* Thread.join(first!)
  yield* Thread.join(second!)
  yield* Console.log(`at once: ${sent}`)
  const order = yield* Effect.forEach(threads, Thread.join)
  yield* Console.log(`in the end: ${sent}, in the order in which they came: ${order}`)
})
// #endregion rateLimit

program.pipe(ThreadGroup.supervise, NodeRuntime.runMain)

// Output:
// at once: 2
// in the end: 5, in the order in which they came: 1,2,3,4,5
