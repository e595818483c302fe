import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect } from "effect"
import { Deadlock, Event, Lock, ReadWriteLock, Thread, ThreadGroup } from "effect-threading"
import { inspect } from "node:util"
import { suites } from "./contracts/suites.ts"
import { contract } from "./support/contract.ts"
import { interruptAll, ringOf, settled, supervised, untilReported } from "./support/deadlocks.ts"
import { untilWaiting } from "./support/waiters.ts"

const { withReadLock, withWriteLock } = ReadWriteLock

contract("ReadWriteLock", suites.ReadWriteLock)
contract("ReadWriteLock re-entry", suites["ReadWriteLock re-entry"])
contract("ReadWriteLock for writing", suites["ReadWriteLock for writing"])

const named = Effect.map(ReadWriteLock.make({ name: "tree" }), (lock) => ({
  lock,
  read: withReadLock(lock),
  write: withWriteLock(lock)
}))

describe("a read-write lock", () => {
  it.effect("prints who holds it and how many wait", () =>
    Effect.gen(function*() {
      const { lock, read, write } = yield* named
      const end = yield* Event.make()
      assert.strictEqual(String(lock), "tree(unlocked, 0 waiting)")
      for (const name of ["a", "b", "c", "d"]) yield* Thread.fork(read(read(Event.wait(end))), { name })
      yield* settled
      const writer = yield* Thread.fork(write(Effect.void), { name: "writer" })
      yield* untilWaiting(lock, 1)
      assert.strictEqual(inspect(lock), "tree(read locked by a, b, c and 1 more, 1 waiting)")
      assert.deepStrictEqual(JSON.parse(JSON.stringify(lock)), {
        _id: "ReadWriteLock",
        name: "tree",
        readers: 8,
        isWriteLocked: false,
        waiting: 1
      })
      yield* Event.set(end)
      yield* Thread.join(writer)
      yield* write(Effect.sync(() => assert.strictEqual(String(lock), "tree(write locked by MainThread, 0 waiting)")))
    }).pipe(ThreadGroup.supervise))

  it.effect("is in a dump: who holds it, and who waits behind whom", () =>
    Effect.gen(function*() {
      const { lock, read, write } = yield* named
      const end = yield* Event.make()
      for (const name of ["one", "two"]) yield* Thread.fork(read(Event.wait(end)), { name })
      yield* settled
      yield* Thread.fork(write(Effect.void), { name: "writer" })
      yield* untilWaiting(lock, 1)
      const dump = yield* Thread.dump
      const thread = (name: string) => dump.threads.find((thread) => thread.name === name)!
      assert.deepStrictEqual(thread("two").holds.map(({ kind, name }) => [kind, name]), [["ReadWriteLock", "tree"]])
      assert.deepInclude(thread("writer").waitsFor, { kind: "ReadWriteLock", name: "tree", heldBy: "one, two" })
      assert.deepInclude(dump.locks.find(({ name }) => name === "tree"), { holder: "one, two", waiting: ["writer"] })
      assert.match(String(dump), /ReadWriteLock tree +held by one, two +1 waiting: writer/)
      yield* Event.set(end)
    }).pipe(ThreadGroup.supervise))

  it.effect("does not keep a thread inside of a hold that it has not: one started there writes once it has ended", () =>
    Effect.gen(function*() {
      const { read, write } = yield* named
      const writer = yield* read(Thread.fork(write(Effect.succeed(1))))
      assert.strictEqual(yield* Thread.join(writer), 1)
    }).pipe(ThreadGroup.supervise))
})

describe("a deadlock", () => {
  it.effect("of those that read one lock each and want to write the other is a ring", () =>
    supervised((log) =>
      Effect.gen(function*() {
        const [a, b] = [yield* ReadWriteLock.make({ name: "a" }), yield* ReadWriteLock.make({ name: "b" })]
        const open = yield* Deferred.make<void>()
        const both = (first: typeof a, second: typeof a) =>
          withReadLock(first, Effect.andThen(Deferred.await(open), withWriteLock(second, Effect.void)))
        const threads = [
          yield* Thread.fork(both(a, b), { name: "one" }),
          yield* Thread.fork(both(b, a), { name: "two" })
        ]
        yield* settled
        yield* Deferred.succeed(open, undefined)
        yield* untilReported(log)
        assert.sameMembers([...ringOf(log.deadlocks[0])], ["one -> b -> two", "two -> a -> one"])
        assert.include(log.deadlocks[0]!.message, "and holds b")
        yield* interruptAll(threads)
      })
    ))

  it.effect("of a reader, a writer that waits for it, and one behind the writer for whom the reader waits, is a ring", () =>
    supervised((log) =>
      Effect.gen(function*() {
        const { lock, read, write } = yield* named
        const open = yield* Deferred.make<void>()
        const child = Effect.flatMap(Thread.fork(read(Effect.void), { name: "child" }), (thread) => Thread.join(thread))
        const parent = yield* Thread.fork(read(Effect.andThen(Deferred.await(open), child)), { name: "parent" })
        yield* settled
        const writer = yield* Thread.fork(write(Effect.void), { name: "writer" })
        yield* untilWaiting(lock, 1)
        yield* Deferred.succeed(open, undefined)
        yield* untilReported(log)
        assert.sameMembers([...ringOf(log.deadlocks[0])], [
          "parent -> child -> child",
          "child -> tree -> writer",
          "writer -> tree -> parent"
        ])
        yield* interruptAll([writer, parent])
      })
    ))

  it.effect("is none while one of the readers that a writer waits for can go on", () =>
    supervised((log) =>
      Effect.gen(function*() {
        const { lock, read, write } = yield* named
        const other = yield* Lock.make()
        const open = yield* Deferred.make<void>()
        const reader = yield* Thread.fork(read(Deferred.await(open)))
        const holder = yield* Thread.fork(Lock.withLock(other, Effect.andThen(settled, write(Effect.void))))
        yield* settled
        const waiter = yield* Thread.fork(read(Lock.withLock(other, Effect.void)))
        yield* untilWaiting(lock, 2)
        yield* settled
        assert.lengthOf(log.deadlocks, 0)
        yield* Deferred.succeed(open, undefined)
        yield* Effect.forEach([reader, holder, waiter], (thread) => Thread.join(thread))
      })
    ))

  it.effect("dies if it is to fail", () =>
    Effect.gen(function*() {
      const { lock, read, write } = yield* named
      const other = yield* Lock.make()
      const holder = yield* Thread.fork(Lock.withLock(other, Effect.andThen(settled, write(Effect.void))))
      const waiter = yield* Thread.fork(
        read(Effect.andThen(untilWaiting(lock, 1), Lock.withLock(other, Effect.void))).pipe(
          Effect.provideService(Deadlock.Policy, "fail")
        )
      )
      assert.include(String(yield* Thread.await(waiter)), "DeadlockError")
      yield* Thread.join(holder)
    }).pipe(ThreadGroup.supervise))
})
