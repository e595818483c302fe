// Guests read a menu together; the cook writes alone, and before guests who come after him. Python's library has no such lock.
import { NodeRuntime } from "@effect/platform-node"
import { Console, Effect } from "effect"
import { ReadWriteLock, Thread, ThreadGroup } from "effect-threading"

// #region readWriteLock
const program = Effect.gen(function*() {
  const lock = yield* ReadWriteLock.make({ name: "menu" })
  const menu = new Map([["tea", 2], ["cake", 3]])

  const read = Effect.gen(function*() {
    const { name } = yield* Thread.current
    const total = menu.get("tea")! + menu.get("cake")!
    yield* Console.log(`${name} pays ${total}, readers now: ${yield* ReadWriteLock.readers(lock)}`)
    yield* Effect.sleep("1 millis")
  }).pipe(ReadWriteLock.withReadLock(lock))

  const write = Effect.gen(function*() {
    yield* Console.log(`the cook writes, readers now: ${yield* ReadWriteLock.readers(lock)}`)
    menu.set("tea", 4)
    yield* Effect.sleep("1 millis") // nobody sees half of it
    menu.set("cake", 6)
  }).pipe(ReadWriteLock.withWriteLock(lock))

  const threads = [
    yield* Thread.fork(read, { name: "Ann" }),
    yield* Thread.fork(read, { name: "Bob" }),
    yield* Thread.fork(write, { name: "cook" }),
    yield* Thread.fork(read, { name: "Cy" })
  ]
  yield* Effect.forEach(threads, (thread) => Thread.join(thread))
})
// #endregion readWriteLock

program.pipe(ThreadGroup.supervise, NodeRuntime.runMain)

// Output:
// Ann pays 5, readers now: 1
// Bob pays 5, readers now: 2
// the cook writes, readers now: 0
// Cy pays 10, readers now: 1
