// Type-checked and run against the packed tarball, in a project of its own, by check.ts.
import { Effect } from "effect"
import { Lock } from "effect-threading"

const program = Effect.gen(function*() {
  const lock = yield* Lock.make()
  return yield* Lock.withLock(lock, Effect.succeed("held"))
})

/** @type {string} */
const held = await Effect.runPromise(program)
console.log(held)
