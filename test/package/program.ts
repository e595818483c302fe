// Compiled and run against the packed tarball, in a project of its own, by check.ts.
import { Effect, Stream } from "effect"
import { type Future, Lock, Thread, ThreadGroup, ThreadLocal, ThreadPoolExecutor } from "effect-threading"
import { withLock } from "effect-threading/Lock"

// @ts-expect-error what is internal cannot be imported
const internal = await import("effect-threading/internal/waitQueue").catch((error: { readonly code: string }) =>
  error.code
)

const pages = ["a rose is a rose", "is a rose", "a daisy is no rose"]

const program = Effect.gen(function*() {
  const lock = yield* Lock.make()
  const counts = new Map<string, number>()
  const words = yield* ThreadLocal.make(() => 0)
  const pool = yield* ThreadPoolExecutor.make({ maxWorkers: 2, threadNamePrefix: "reader" })

  const count = (word: string) =>
    Effect.gen(function*() {
      const seen = counts.get(word) ?? 0
      yield* Effect.yieldNow
      counts.set(word, seen + 1)
    }).pipe(withLock(lock))

  const read = Effect.fn(function*(page: string) {
    const before = yield* ThreadLocal.get(words)
    for (const word of page.split(" ")) {
      yield* count(word)
      yield* ThreadLocal.update(words, (n) => n + 1)
    }
    return (yield* ThreadLocal.get(words)) - before
  })

  const lengths = yield* Stream.runCollect(ThreadPoolExecutor.map(pool, pages, read))
  const reporter = yield* Thread.fork(Effect.sync(() => Object.fromEntries([...counts].sort())), { name: "reporter" })
  return { lengths, counts: yield* Thread.join(reporter), own: yield* ThreadLocal.get(words) }
})

const region: Effect.Effect<
  { readonly lengths: Array<number>; readonly counts: Record<string, number>; readonly own: number },
  Future.CancelledError | ThreadPoolExecutor.ExecutorShutdownError
> = program.pipe(Effect.scoped, ThreadGroup.supervise)

const { counts, lengths, own } = await Effect.runPromise(region)
const total = lengths.reduce((sum, length) => sum + length, 0)
if (total !== 13 || own !== 0) throw new Error(`read ${total} words instead of 13, and ${own} on the main thread`)
console.log(JSON.stringify(counts), internal)
