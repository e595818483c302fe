// Compiled and run against the packed tarball, in a project of its own, by check.ts.
import { Cause, Effect } from "effect"
import { Deadlock, Lock, Thread, ThreadGroup } from "effect-threading"
import { NodeDiagnostics } from "effect-threading/node"
import { Explore, interruptEverywhere } from "effect-threading/testing"

const opposite = Effect.gen(function*() {
  const [left, right] = [yield* Lock.make({ name: "left" }), yield* Lock.make({ name: "right" })]
  const one = yield* Thread.fork(Lock.withLock(left, Lock.withLock(right, Effect.void)), { name: "one" })
  const two = yield* Thread.fork(Lock.withLock(right, Lock.withLock(left, Effect.void)), { name: "two" })
  yield* Thread.join(one)
  yield* Thread.join(two)
})

const subject = Effect.map(Lock.make(), (lock) => ({
  effect: Lock.withLock(lock, Effect.yieldNow),
  check: () => Effect.map(Lock.isLocked(lock), (isLocked) => isLocked ? Effect.die("lost") : Effect.void)
}))

const program = Effect.gen(function*() {
  const error: Explore.ExploreError = yield* Effect.flip(Explore.check(opposite))
  const again = yield* Effect.flip(Explore.replay(opposite, error.schedule))
  const journal = yield* Lock.make({ name: "journal" })
  const twice = Lock.withLock(journal, Lock.withLock(journal, Effect.void))
  const own = yield* Effect.flip(Effect.sandbox(Effect.provideService(twice, Deadlock.Policy, "fail")))
  const dump = yield* Thread.dump
  return [
    error.kind,
    again.kind,
    (yield* interruptEverywhere(subject)) > 3,
    Cause.squash(own) instanceof Deadlock.DeadlockError,
    dump.threads.map(({ name }) => name).join()
  ]
})

const diagnostics = NodeDiagnostics.layer({ stall: true })
const result = await program.pipe(ThreadGroup.supervise, Effect.provide(diagnostics), Effect.runPromise)
console.log(result.join(" "))
