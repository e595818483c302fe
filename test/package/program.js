// Type-checked and run against the packed tarball, in a project of its own, by check.ts.
import { Effect } from "effect"
import { Future, Lock, Thread, ThreadGroup, ThreadLocal, ThreadPoolExecutor } from "effect-threading"

const program = Effect.gen(function*() {
  const lock = yield* Lock.make()
  const visits = yield* ThreadLocal.make(() => 0)
  const pool = yield* ThreadPoolExecutor.make({ maxWorkers: 1 })
  let total = 0

  const visit = Lock.withLock(
    lock,
    Effect.gen(function*() {
      const seen = total
      yield* Effect.yieldNow
      total = seen + 1
      yield* ThreadLocal.update(visits, (n) => n + 1)
      return yield* ThreadLocal.get(visits)
    })
  )

  const guest = yield* Thread.fork(Effect.andThen(visit, visit), { name: "guest" })
  yield* ThreadPoolExecutor.submit(pool, visit)
  const last = yield* ThreadPoolExecutor.submit(pool, visit)
  return [yield* Thread.join(guest), yield* Future.result(last), yield* visit, total]
})

/** @type {ReadonlyArray<number>} */
const result = await program.pipe(Effect.scoped, ThreadGroup.supervise, Effect.runPromise)
if (result.join() !== "2,2,1,5") throw new Error(`unexpected visits: ${result}`)
console.log(`visits: ${result}`)
