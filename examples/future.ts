// Futures: waiting for the first, cancelling, interrupting, and taking results as they come. Python's `wait` and `as_completed`.
import { NodeRuntime } from "@effect/platform-node"
import { Console, Effect, Stream } from "effect"
import { Event, Future, ThreadGroup, ThreadPoolExecutor } from "effect-threading"

// #region future
const program = Effect.gen(function*() {
  const pool = yield* ThreadPoolExecutor.make({ maxWorkers: 2, threadNamePrefix: "cook" })
  const oven = yield* Event.make()

  const tea = yield* ThreadPoolExecutor.submit(pool, Effect.as(Effect.yieldNow, "tea"))
  const soup = yield* Effect.never.pipe(
    Effect.onInterrupt(() => Console.log("soup: taken off the fire")),
    ThreadPoolExecutor.submit(pool)
  )
  const cake = yield* ThreadPoolExecutor.submit(pool, Effect.as(Event.wait(oven), "cake"))
  const stew = yield* ThreadPoolExecutor.submit(pool, Effect.succeed("stew"))
  const dishes = [tea, soup, stew, cake]

  const { done, notDone } = yield* Future.wait(dishes, { returnWhen: "firstCompleted" })
  yield* Console.log(`done: ${done.length}, not done: ${notDone.length}`)

  yield* Console.log(`cancel the stew, which is queued: ${yield* Future.cancel(stew)}`)
  yield* Console.log(`cancel the soup, which runs: ${yield* Future.cancel(soup)}`)
  yield* Future.interrupt(soup)

  yield* Event.set(oven)
  yield* Future.asCompleted(dishes).pipe(
    Stream.mapEffect((future) =>
      Effect.catchTag(Future.result(future), "CancelledError", () => Effect.succeed("none"))
    ),
    Stream.runForEach((dish) => Console.log(`ended: ${dish}`))
  )
})
// #endregion future

program.pipe(Effect.scoped, ThreadGroup.supervise, NodeRuntime.runMain)

// Output:
// done: 1, not done: 3
// cancel the stew, which is queued: true
// cancel the soup, which runs: false
// soup: taken off the fire
// ended: tea
// ended: none
// ended: none
// ended: cake
