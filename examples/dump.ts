// Who does what, holds what and waits for what, at this moment: all threads and locks, as data.
import { NodeRuntime } from "@effect/platform-node"
import { Console, Effect } from "effect"
import { Event, Lock, Thread, ThreadGroup } from "effect-threading"

// #region dump
const program = Effect.gen(function*() {
  const ledger = yield* Lock.make({ name: "ledger" })
  const mail = yield* Event.make({ name: "mail" })
  yield* Thread.fork(Lock.withLock(ledger, Event.wait(mail)), { name: "writer" })
  yield* Thread.fork(Lock.withLock(ledger, Effect.void), { name: "reader" })
  yield* Effect.yieldNow

  const { locks, threads } = yield* Thread.dump
  for (const { name, state, waitsFor } of threads) {
    yield* Console.log(`${name} is ${state}${waitsFor === undefined ? "" : ` on ${waitsFor.name}`}`)
  }
  for (const { holder = "nobody", name, waiting } of locks) {
    yield* Console.log(`${name} is held by ${holder}, and wanted by ${waiting}`)
  }
  yield* Event.set(mail)
})
// #endregion dump

program.pipe(ThreadGroup.supervise, NodeRuntime.runMain)

// Output:
// MainThread is Running
// writer is Blocked on mail
// reader is Blocked on ledger
// ledger is held by writer, and wanted by reader
// mail is held by nobody, and wanted by writer
