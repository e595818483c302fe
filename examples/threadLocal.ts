// Each thread has its own value, and its own resource, released when the thread ends. Python's `threading.local()`.
import { NodeRuntime } from "@effect/platform-node"
import { Console, Effect } from "effect"
import { Thread, ThreadGroup, ThreadLocal } from "effect-threading"

// #region threadLocal
const program = Effect.gen(function*() {
  const visits = yield* ThreadLocal.make(() => 0)
  const connection = yield* ThreadLocal.resource(Effect.acquireRelease(
    Effect.map(Thread.current, ({ name }) => `connection of ${name}`),
    (connection) => Console.log(`closed: ${connection}`)
  ))

  const visit = Effect.gen(function*() {
    yield* ThreadLocal.update(visits, (n) => n + 1)
    yield* Console.log(`visit ${yield* ThreadLocal.get(visits)} over the ${yield* ThreadLocal.get(connection)}`)
  })

  yield* ThreadLocal.set(visits, 10)
  for (const name of ["Ann", "Bob"]) {
    yield* Thread.join(yield* Thread.fork(Effect.andThen(visit, visit), { name }))
  }
  yield* Console.log(`main: ${yield* ThreadLocal.get(visits)}`)
})
// #endregion threadLocal

program.pipe(ThreadGroup.supervise, NodeRuntime.runMain)

// Output:
// visit 1 over the connection of Ann
// visit 2 over the connection of Ann
// closed: connection of Ann
// visit 1 over the connection of Bob
// visit 2 over the connection of Bob
// closed: connection of Bob
// main: 10
