import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, Option } from "effect"
import { Condition, Deadlock, Event, Lock, RLock, Semaphore, Thread } from "effect-threading"
import { TestClock } from "effect/testing"
import { interruptAll, logged, ringOf, settled, supervised, untilReported } from "./support/deadlocks.ts"
import { defectOf, untilState } from "./support/threads.ts"

type Around = <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>

/** Takes one, and then, once `go` is set, the other inside of it. */
const nested = (outer: Around, go: Event.Event, inner: Around) =>
  outer(Effect.andThen(Event.wait(go), inner(Effect.void)))

/** Threads that each hold the lock of their number and then want the next one's. */
const philosophers = (forks: ReadonlyArray<Around>) =>
  Effect.gen(function*() {
    const go = yield* Event.make()
    const threads: Array<Thread.Thread<void>> = []
    for (const [index, fork] of forks.entries()) {
      const next = forks[(index + 1) % forks.length]!
      threads.push(yield* Thread.fork(nested(fork, go, next), { name: `p${index}` }))
    }
    yield* Effect.forEach(threads, (thread) => untilState(thread, "Blocked"))
    yield* Event.set(go)
    return threads
  })

const locks = (...names: ReadonlyArray<string>) =>
  names.map((name) => Lock.withLock(Lock.makeUnsafe({ name })) as Around)
const rlocks = (...names: ReadonlyArray<string>) =>
  names.map((name) => RLock.withLock(RLock.makeUnsafe({ name })) as Around)

describe("a deadlock of locks", () => {
  it.effect("is reported when two threads take two locks in opposite orders", () =>
    supervised((log) =>
      Effect.gen(function*() {
        const threads = yield* philosophers(locks("left", "right"))
        yield* untilReported(log)
        const [error] = log.deadlocks
        assert.sameMembers([...ringOf(error)], ["p0 -> right -> p1", "p1 -> left -> p0"])
        for (const { holds, thread, waitsFor } of error!.cycle) {
          assert.strictEqual(waitsFor.kind, "Lock")
          assert.deepStrictEqual(holds.map(({ name }) => name), [thread.name === "p0" ? "left" : "right"])
          assert.strictEqual(thread.ident, threads.find(({ name }) => name === thread.name)!.ident)
        }
        assert.include(error!.message, "p0 waits for right")
        yield* interruptAll(threads)
      })
    ))

  it.effect("is a ring of three for three philosophers, from the one that closes it on", () =>
    supervised((log) =>
      Effect.gen(function*() {
        const threads = yield* philosophers(locks("f0", "f1", "f2"))
        yield* untilReported(log)
        assert.deepStrictEqual(ringOf(log.deadlocks[0]), [
          "p2 -> f0 -> p0",
          "p0 -> f1 -> p1",
          "p1 -> f2 -> p2"
        ])
        yield* interruptAll(threads)
      })
    ))

  it.effect("is seen with re-entrant locks, also where they are re-entered inside of a time-out", () =>
    supervised((log) =>
      Effect.gen(function*() {
        const [left, right] = rlocks("left", "right")
        const deeper: Around = (effect) => left!(Effect.orDie(Effect.timeout(left!(effect), "1 hour")))
        const threads = yield* philosophers([deeper, right!])
        yield* untilReported(log)
        assert.sameMembers([...ringOf(log.deadlocks[0])], ["p0 -> right -> p1", "p1 -> left -> p0"])
        yield* interruptAll(threads)
      })
    ))

  it.effect("is seen with conditions' locks", () =>
    supervised((log) =>
      Effect.gen(function*() {
        const condition = yield* Condition.make(yield* Lock.make({ name: "queue" }))
        const threads = yield* philosophers([Condition.withLock(condition) as Around, ...locks("log")])
        yield* untilReported(log)
        assert.sameMembers([...ringOf(log.deadlocks[0])], ["p0 -> log -> p1", "p1 -> queue -> p0"])
        yield* interruptAll(threads)
      })
    ))

  it.effect("can be one fiber alone, that takes a lock twice, outside of every thread", () =>
    logged((log) =>
      Effect.gen(function*() {
        const lock = yield* Lock.make({ name: "once" })
        const twice = Lock.withLock(lock, Lock.withLock(lock, Effect.void))
        const error = yield* defectOf(Effect.provideService(twice, Deadlock.Policy, "fail"))
        assert.instanceOf(error, Deadlock.DeadlockError)
        const { cycle, message } = error as Deadlock.DeadlockError
        assert.lengthOf(cycle, 1)
        assert.match(cycle[0]!.thread.name, /^fiber #\d+$/)
        assert.notProperty(cycle[0]!.thread, "ident")
        assert.deepStrictEqual(cycle[0]!.holds.map(({ name }) => name), ["once"])
        assert.match(message, /fiber #\d+ waits for itself/)
        assert.isFalse(yield* Lock.isLocked(lock))
        assert.deepStrictEqual(log.deadlocks, [])
      })
    ))
})

describe("a condition's sleeper", () => {
  /** Holds `outer`, and sleeps on the condition. */
  const asleep = (outer: Around, condition: Condition.Condition) =>
    outer(Condition.withLock(condition, Condition.wait(condition)))

  it.effect("that is notified by a thread that then wants its other lock is in the ring", () =>
    supervised((log) =>
      Effect.gen(function*() {
        const condition = yield* Condition.make(yield* Lock.make({ name: "queue" }))
        const [outer] = locks("outer")
        const sleeper = yield* Thread.fork(asleep(outer!, condition), { name: "sleeper" })
        yield* untilState(sleeper, "Blocked")
        const notifier = yield* Thread.fork(
          Condition.withLock(condition, Effect.andThen(Condition.notify(condition), outer!(Effect.void))),
          { name: "notifier" }
        )
        yield* untilReported(log)
        assert.deepStrictEqual(ringOf(log.deadlocks[0]), [
          "notifier -> outer -> sleeper",
          "sleeper -> queue -> notifier"
        ])
        yield* interruptAll([notifier])
        yield* Thread.join(sleeper)
      })
    ))

  it.effect("that closes the ring by being interrupted is reported, and does not fail", () =>
    supervised((log) =>
      Effect.gen(function*() {
        const condition = yield* Condition.make(yield* Lock.make({ name: "queue" }))
        const [outer] = locks("outer")
        const sleeper = yield* Thread.fork(asleep(outer!, condition), { name: "sleeper" })
        yield* untilState(sleeper, "Blocked")
        const other = yield* Thread.fork(Condition.withLock(condition, outer!(Effect.void)), { name: "other" })
        yield* untilState(other, "Blocked")
        assert.deepStrictEqual(log.deadlocks, [], "asleep, it can still be notified")
        const interrupting = yield* Thread.fork(Thread.interrupt(sleeper))
        yield* untilReported(log)
        assert.deepStrictEqual(ringOf(log.deadlocks[0]), ["sleeper -> queue -> other", "other -> outer -> sleeper"])
        yield* interruptAll([other])
        yield* Thread.join(interrupting)
        assert.isTrue(Exit.hasInterrupts(yield* Thread.await(sleeper)))
      }).pipe(Effect.provideService(Deadlock.Policy, "fail"))
    ))
})

describe("Policy", () => {
  it.effect("fail lets the wait that closes the ring die, and the others go on", () =>
    supervised((log) =>
      Effect.gen(function*() {
        const [first, second] = yield* philosophers(locks("left", "right"))
        yield* Thread.join(first!)
        const error = yield* defectOf(Thread.join(second!))
        assert.instanceOf(error, Deadlock.DeadlockError)
        assert.deepStrictEqual(ringOf(error as Deadlock.DeadlockError), ["p1 -> left -> p0", "p0 -> right -> p1"])
      }).pipe(
        Effect.provideService(Deadlock.Policy, "fail"),
        Effect.provideService(Thread.ExceptHook, () => Effect.void),
        Effect.tap(() => Effect.sync(() => assert.deepStrictEqual(log.deadlocks, [])))
      )
    ))

  it.effect("off says nothing", () =>
    supervised((log) =>
      Effect.gen(function*() {
        const threads = yield* philosophers(locks("left", "right"))
        yield* settled
        yield* interruptAll(threads)
        assert.deepStrictEqual(log.deadlocks, [])
      }).pipe(Effect.provideService(Deadlock.Policy, "off"))
    ))
})

describe("a ring", () => {
  it.effect("is reported once, and not again for those who queue up behind it", () =>
    supervised((log) =>
      Effect.gen(function*() {
        const [left, right] = locks("left", "right")
        const threads = yield* philosophers([left!, right!])
        yield* untilReported(log)
        const behind = yield* Thread.fork(left!(Effect.void))
        yield* untilState(behind, "Blocked")
        yield* settled
        assert.lengthOf(log.deadlocks, 1)
        yield* interruptAll(threads)
        yield* Thread.join(behind)
      })
    ))

  it.effect("that an outer time-out dissolves is not reported again, and the program ends well", () =>
    supervised((log) =>
      Effect.gen(function*() {
        const [left, right] = locks("left", "right")
        const go = yield* Event.make()
        const other = yield* Thread.fork(nested(left!, go, right!))
        const timed = yield* Thread.fork(Effect.timeoutOption(nested(right!, go, left!), "1 second"))
        yield* untilState(other, "Blocked")
        yield* settled
        yield* Event.set(go)
        yield* untilReported(log)
        yield* TestClock.adjust("1 second")
        assert.isTrue(Option.isNone(yield* Thread.join(timed)))
        yield* Thread.join(other)
        yield* settled
        assert.lengthOf(log.deadlocks, 1)
      })
    ))

  it.effect("that forms again is reported again", () =>
    supervised((log) =>
      Effect.gen(function*() {
        const forks = locks("left", "right")
        for (const count of [1, 2]) {
          const threads = yield* philosophers(forks)
          yield* untilReported(log, count)
          yield* interruptAll(threads)
        }
      })
    ))

  it.effect("is none where raw holds or permits are in between, which anybody may release", () =>
    supervised((log) =>
      Effect.gen(function*() {
        const raw = yield* Lock.make()
        const permits = yield* Semaphore.make(1)
        const asRaw: Around = (effect) =>
          Effect.acquireUseRelease(Lock.acquire(raw), () => effect, () => Lock.release(raw))
        for (const other of [asRaw, Semaphore.withPermit(permits) as Around]) {
          const threads = yield* philosophers([other, ...locks("left")])
          yield* settled
          yield* interruptAll(threads)
        }
        assert.deepStrictEqual(log.deadlocks, [])
      })
    ))

  it.effect("is none while somebody in it runs, sleeps or waits for an event", () =>
    supervised((log) =>
      Effect.gen(function*() {
        const [left] = locks("left")
        const go = yield* Event.make()
        const holder = yield* Thread.fork(left!(Event.wait(go)))
        yield* untilState(holder, "Blocked")
        const waiting = yield* Thread.fork(left!(Thread.join(holder)))
        yield* untilState(waiting, "Blocked")
        yield* settled
        yield* Event.set(go)
        yield* Thread.join(waiting)
        assert.deepStrictEqual(log.deadlocks, [])
      })
    ))
})
