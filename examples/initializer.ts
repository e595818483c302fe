// Each worker prepares itself before its first task; if it cannot, the executor is broken. Python's `initializer`.
import { NodeRuntime } from "@effect/platform-node"
import { Console, Data, Effect, Stream } from "effect"
import { Future, Thread, ThreadGroup, ThreadLocal, ThreadPoolExecutor } from "effect-threading"

// #region initializer
class OutOfPaperError extends Data.TaggedError("OutOfPaperError")<{}> {
  override readonly message = "no paper left"
}

const program = Effect.gen(function*() {
  const pages = yield* ThreadLocal.make(() => 0)
  const warmUp = Effect.gen(function*() {
    const { name } = yield* Thread.current
    yield* ThreadLocal.set(pages, 100)
    yield* Console.log(`${name} is warm`)
  })
  const print = (text: string) =>
    ThreadLocal.update(pages, (n) => n + 1).pipe(
      Effect.andThen(ThreadLocal.get(pages)),
      Effect.map((page) => `${text} on page ${page}`)
    )

  const pool = yield* ThreadPoolExecutor.make({ maxWorkers: 1, threadNamePrefix: "printer", initializer: warmUp })
  yield* ThreadPoolExecutor.map(pool, ["title", "text"], print).pipe(Stream.runForEach(Console.log))

  const empty = yield* ThreadPoolExecutor.make({ threadNamePrefix: "empty", initializer: new OutOfPaperError() })
  const future = yield* ThreadPoolExecutor.submit(empty, Effect.succeed("never printed"))
  yield* Future.result(future).pipe(
    Effect.catchTag("BrokenExecutorError", ({ cause, executor }) => Console.log(`${executor} is broken: ${cause}`))
  )
}).pipe(Effect.provideService(Thread.ExceptHook, ({ thread }) => Console.log(`hook: ${thread.name} failed`)))
// #endregion initializer

program.pipe(Effect.scoped, ThreadGroup.supervise, NodeRuntime.runMain)

// Output:
// printer_0 is warm
// title on page 101
// text on page 102
// hook: empty_0 failed
// empty is broken: OutOfPaperError: no paper left
