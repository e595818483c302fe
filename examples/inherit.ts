// A thread-local that a new thread copies from its maker, and that is set for a while. Python's `local` does neither.
import { NodeRuntime } from "@effect/platform-node"
import { Console, Effect } from "effect"
import { Thread, ThreadGroup, ThreadLocal } from "effect-threading"

// #region inherit
const program = Effect.gen(function*() {
  const folder = yield* ThreadLocal.make(() => "/", { inherit: "copy" })

  const tell = Effect.gen(function*() {
    const { name } = yield* Thread.current
    yield* Console.log(`${name} is in ${yield* ThreadLocal.get(folder)}`)
  })
  const go = (to: string) => ThreadLocal.set(folder, to)

  yield* go("/home")
  const child = yield* Thread.fork(Effect.all([tell, go("/tmp"), tell]), { name: "child" })
  yield* Thread.join(child)
  yield* tell

  yield* ThreadLocal.locally(folder, "/etc", tell)
  yield* tell
})
// #endregion inherit

program.pipe(ThreadGroup.supervise, NodeRuntime.runMain)

// Output:
// child is in /home
// child is in /tmp
// MainThread is in /home
// MainThread is in /etc
// MainThread is in /home
