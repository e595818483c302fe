// Submits a task to an executor and ends, in the way that its argument tells. The task prints "apple".
import { NodeRuntime } from "@effect/platform-node"
import { Console, Effect } from "effect"
import { Thread, ThreadGroup, ThreadPoolExecutor } from "effect-threading"

const apple = Effect.andThen(Effect.sleep("200 millis"), Console.log("apple"))

const ways: Record<string, (pool: ThreadPoolExecutor.ThreadPoolExecutor) => Effect.Effect<unknown, unknown>> = {
  "just ends": (pool) => ThreadPoolExecutor.submit(pool, apple),
  "shuts down without waiting": (pool) =>
    Effect.andThen(ThreadPoolExecutor.submit(pool, apple), ThreadPoolExecutor.shutdown(pool, { wait: false })),
  "shuts down without waiting, cancelling": (pool) =>
    Effect.andThen(
      ThreadPoolExecutor.submit(pool, apple),
      ThreadPoolExecutor.shutdown(pool, { wait: false, cancelFutures: true })
    )
}

const submitsAtExit = Effect.gen(function*() {
  const pool = yield* ThreadPoolExecutor.make()
  // A daemon is interrupted when main and all work is done: its finalizer is what an exit hook is in Python.
  const late = Effect.catch(ThreadPoolExecutor.submit(pool, apple), (error) => Console.log(error.message))
  yield* Thread.fork(Effect.onInterrupt(Effect.never, () => late), { daemon: true })
  yield* Effect.yieldNow
})

const [way = "just ends", scope] = process.argv.slice(2)
const main = way === "submits at exit"
  ? submitsAtExit
  : Effect.flatMap(ThreadPoolExecutor.make(), ways[way]!)

// The executor's scope closes as main's last act, or after the region.
const program = scope === "outer"
  ? main.pipe(ThreadGroup.supervise, Effect.scoped)
  : main.pipe(Effect.scoped, ThreadGroup.supervise)

NodeRuntime.runMain(program)
