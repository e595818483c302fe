// Compiled and run against the packed tarball, in a project of its own, by check.ts.
import { Effect } from "effect"
import { Lock } from "effect-threading"
import { withLock } from "effect-threading/Lock"

// @ts-expect-error what is internal cannot be imported
const internal = await import("effect-threading/internal/waitQueue").catch((error: { readonly code: string }) =>
  error.code
)

const program: Effect.Effect<number> = Effect.gen(function*() {
  const lock = yield* Lock.make()
  let total = 0
  const add = withLock(
    lock,
    Effect.sync(() => {
      total += 1
    })
  )
  yield* Effect.all([add, add, add], { concurrency: "unbounded" })
  return total
})

console.log(await Effect.runPromise(program), internal)
