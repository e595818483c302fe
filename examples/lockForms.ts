// The three forms in which a lock is held, and the ways in which others do not wait for ever. Python's `acquire(timeout=…)`.
import { NodeRuntime } from "@effect/platform-node"
import { Console, Effect, Exit } from "effect"
import { Lock, Thread, ThreadGroup } from "effect-threading"

// #region lockForms
const program = Effect.gen(function*() {
  const till = yield* Lock.make({ name: "till" })
  const show = Effect.fn(function*(form: string) {
    yield* Console.log(`${form}: ${(yield* Lock.isLocked(till)) ? "locked" : "free"}`)
  })

  // Around an effect, however that ends.
  yield* Lock.withLock(till, show("withLock"))

  // Until the scope closes.
  yield* Effect.gen(function*() {
    yield* Lock.acquireScoped(till)
    yield* show("acquireScoped")

    const count = Lock.withLock(till, Effect.succeed("counted"))
    const atOnce = yield* Thread.fork(Lock.withLockIfAvailable(till, Effect.succeed("counted")))
    const inTime = yield* Thread.fork(Effect.timeoutOption(count, "2 millis"))
    const patient = yield* Thread.fork(count)
    yield* Console.log(`  at once: ${yield* Thread.join(atOnce)}`)
    yield* Console.log(`  in 2 ms: ${yield* Thread.join(inTime)}`)
    yield* Thread.interrupt(patient)
    yield* Console.log(`  interrupted: ${Exit.hasInterrupts(yield* Thread.await(patient))}`)
  }).pipe(Effect.scoped)

  // By hand: whoever acquires sees to it that somebody releases, whatever happens between.
  yield* Lock.acquire(till)
  yield* show("acquire")
  yield* Lock.release(till)
  yield* show("release")
})
// #endregion lockForms

program.pipe(ThreadGroup.supervise, NodeRuntime.runMain)

// Output:
// withLock: locked
// acquireScoped: locked
//   at once: none()
//   in 2 ms: none()
//   interrupted: true
// acquire: locked
// release: free
