/** What every read-write lock does. */
import { assert } from "@effect/vitest"
import { Deferred, Effect, Exit, Option } from "effect"
import { Thread } from "effect-threading"
import { interruptEverywhere } from "effect-threading/testing"
import { TestClock } from "effect/testing"
import type { Case } from "../support/contract.ts"
import { until, untilWaiting, waiting } from "../support/waiters.ts"
import { awaitAll, withoutPreemption } from "./conduct.ts"
import { type Around, type Attempt, caseOf, isFree, line, type ReadWriteLike } from "./readWriteForms.ts"

type Form = <A>(lock: ReadWriteLike, body: Effect.Effect<A>) => Effect.Effect<unknown>

/** Each way of holding it around an effect. */
const forms: ReadonlyArray<readonly [name: string, around: Form]> = [
  ["withReadLock", (lock, body) => lock.withReadLock(body)],
  ["withWriteLock", (lock, body) => lock.withWriteLock(body)],
  ["withReadLock inside a time-out", (lock, body) => Effect.timeoutOption(lock.withReadLock(body), "1 hour")],
  ["withWriteLock inside a time-out", (lock, body) => Effect.timeoutOption(lock.withWriteLock(body), "1 hour")],
  ["acquireReadScoped", (lock, body) => Effect.scoped(Effect.andThen(lock.acquireReadScoped, body))],
  ["acquireWriteScoped", (lock, body) => Effect.scoped(Effect.andThen(lock.acquireWriteScoped, body))],
  [
    "withReadLock inside of another",
    (lock, body) => lock.withReadLock(Effect.timeoutOption(lock.withReadLock(body), "1 hour"))
  ],
  ["withReadLock inside of withWriteLock", (lock, body) => lock.withWriteLock(lock.withReadLock(body))],
  ["withReadLockIfAvailable", (lock, body) => lock.withReadLockIfAvailable(body)],
  ["withWriteLockIfAvailable", (lock, body) => lock.withWriteLockIfAvailable(body)]
]

/** Those who read, and who writes, at one moment: never both. */
class Room {
  readers = 0
  writers = 0
  /** How many read at once at most. */
  most = 0

  read<A, E, R>(body: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> {
    const enter = Effect.sync(() => {
      assert.strictEqual(this.writers, 0, "nobody writes while somebody reads")
      this.most = Math.max(this.most, ++this.readers)
    })
    return Effect.acquireUseRelease(enter, () => body, () => Effect.sync(() => this.readers--))
  }

  write<A, E, R>(body: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> {
    const enter = Effect.sync(() => assert.deepStrictEqual([this.readers, this.writers++], [0, 0]))
    return Effect.acquireUseRelease(enter, () => body, () => Effect.sync(() => this.writers--))
  }
}

/** Between OS threads those that write are not served in the order in which they came. */
export const readWriteLockCases = (
  make: Effect.Effect<ReadWriteLike>,
  { barges }: { readonly barges: boolean } = { barges: false }
): ReadonlyArray<Case> => {
  const on = caseOf(make)

  return [
    on("is held by those who read together, and by one who writes alone", (lock) =>
      Effect.gen(function*() {
        const room = new Room()
        const read = lock.withReadLock(room.read(Effect.andThen(Effect.yieldNow, Effect.yieldNow)))
        const write = lock.withWriteLock(room.write(Effect.yieldNow))
        const threads = yield* Effect.forEach(
          [read, read, write, read, write, read],
          (act) => Thread.fork(Effect.repeat(act, { times: 2 }))
        )
        yield* Effect.forEach(threads, (thread) => Thread.join(thread))
      })),

    on("readers don't wait for one another, and are counted", (lock) =>
      Effect.gen(function*() {
        const room = new Room()
        const open = yield* Deferred.make<void>()
        const read = lock.withReadLock(room.read(Deferred.await(open)))
        const threads = yield* Effect.forEach([1, 2, 3], () => Thread.fork(read))
        yield* until(() => room.readers === 3, () => "three read")
        assert.deepStrictEqual([yield* lock.readers, yield* lock.isWriteLocked], [3, false])
        yield* Deferred.succeed(open, undefined)
        yield* awaitAll(threads)
        yield* lock.withWriteLock(Effect.gen(function*() {
          assert.deepStrictEqual([yield* lock.readers, yield* lock.isWriteLocked], [0, true])
        }))
      })),

    on(
      "both answer as the effect does, and release whether it succeeds, fails, dies or is interrupted",
      (lock) =>
        Effect.gen(function*() {
          for (const around of [lock.withReadLock, lock.withWriteLock]) {
            assert.strictEqual(yield* around(Effect.succeed(1)), 1)
            assert.deepStrictEqual(yield* Effect.exit(around(Effect.fail("no"))), Exit.fail("no"))
            assert.deepStrictEqual(yield* Effect.exit(around(Effect.die("bug"))), Exit.die("bug"))
            const thread = yield* Thread.fork(around(Effect.never))
            yield* until(() => !Effect.runSync(isFree(lock)), () => "it is held")
            yield* Thread.interrupt(thread)
          }
        })
    ),

    on("the forms that do not wait answer none where they would have to", (lock) =>
      Effect.gen(function*() {
        const isHad = (attempt: Attempt) =>
          Effect.map(
            Effect.flatMap(Thread.fork(attempt(Effect.void)), (thread) => Thread.join(thread)),
            Option.isSome
          )
        const both = Effect.all([isHad(lock.withReadLockIfAvailable), isHad(lock.withWriteLockIfAvailable)])
        assert.deepStrictEqual(yield* both, [true, true])
        assert.deepStrictEqual(yield* lock.withReadLock(both), [true, false])
        assert.deepStrictEqual(yield* lock.withWriteLock(both), [false, false])
        const writer = yield* lock.withReadLock(Effect.gen(function*() {
          const { threads } = yield* line(lock, "w")
          assert.deepStrictEqual(yield* both, [false, false])
          return threads
        }))
        yield* awaitAll(writer)
      })),

    on("the scoped forms hold until the scope closes", (lock) =>
      Effect.gen(function*() {
        yield* Effect.scoped(Effect.gen(function*() {
          yield* lock.acquireReadScoped
          yield* lock.acquireReadScoped
          assert.strictEqual(yield* lock.readers, 2)
        }))
        yield* Effect.scoped(Effect.gen(function*() {
          yield* lock.acquireWriteScoped
          assert.isTrue(yield* lock.isWriteLocked)
        }))
      })),

    on("once a writer waits, new readers wait behind it", (lock) =>
      Effect.gen(function*() {
        const { order, threads } = yield* lock.withReadLock(line(lock, "wrr"))
        yield* awaitAll(threads)
        assert.strictEqual(order[0], "w0")
      })),

    on(
      "all who wait to read go on together when a writer is done and no other waits",
      (lock) =>
        Effect.gen(function*() {
          const room = new Room()
          const read = lock.withReadLock(room.read(until(() => room.most === 3, () => "all three read")))
          const threads = yield* lock.withWriteLock(Effect.gen(function*() {
            const threads = yield* Effect.forEach([1, 2, 3], () => Thread.fork(read))
            yield* untilWaiting(lock.primitive, 3)
            return threads
          }))
          yield* awaitAll(threads)
          assert.strictEqual(room.most, 3)
        })
    ),

    on("writers go before readers, but four at most in a row before the same", (lock) =>
      Effect.gen(function*() {
        const { order, threads } = yield* lock.withWriteLock(line(lock, "rwwwwwwr"))
        yield* awaitAll(threads)
        const writers = order.filter((turn) => turn.startsWith("w"))
        assert.sameMembers(order.slice(4, 6), ["r0", "r7"])
        assert.deepStrictEqual(barges ? writers.toSorted() : writers, ["w1", "w2", "w3", "w4", "w5", "w6"])
      })),

    ...(barges ? [] : [
      on(
        "is handed over in the moment of its release, so that nobody overtakes",
        (lock) =>
          withoutPreemption(Effect.gen(function*() {
            const { order, threads } = yield* lock.withWriteLock(line(lock, "rr"))
            assert.strictEqual(yield* lock.readers, 2)
            assert.isTrue(Option.isNone(yield* lock.withWriteLockIfAvailable(Effect.void)))
            assert.deepStrictEqual(order, [])
            yield* awaitAll(threads)
            const next = yield* lock.withReadLock(line(lock, "w"))
            assert.isTrue(yield* lock.isWriteLocked)
            assert.isTrue(Option.isNone(yield* lock.withReadLockIfAvailable(Effect.void)))
            yield* awaitAll(next.threads)
          }))
      )
    ]),

    on("a writer that waits no longer lets the readers behind it go on", (lock) =>
      Effect.gen(function*() {
        yield* lock.withReadLock(Effect.gen(function*() {
          const writer = yield* Thread.fork(Effect.timeoutOption(lock.withWriteLock(Effect.void), "1 second"))
          yield* untilWaiting(lock.primitive, 1)
          const { order, threads } = yield* line(lock, "rr")
          yield* TestClock.adjust("1 second")
          assert.deepStrictEqual(yield* Thread.join(writer), Option.none())
          yield* awaitAll(threads)
          assert.lengthOf(order, 2)
        }))
      })),

    on(
      "interrupted while they wait, a reader and a writer leave and keep nobody waiting",
      (lock) =>
        Effect.gen(function*() {
          const { order, threads } = yield* lock.withWriteLock(
            Effect.tap(
              line(lock, "wrwr"),
              ({ threads }) => Effect.all([Thread.interrupt(threads[0]!), Thread.interrupt(threads[1]!)])
            )
          )
          yield* awaitAll(threads)
          assert.deepStrictEqual(order, ["w2", "r3"])
        })
    ),

    on(
      "interrupted after the grant and before it went on, a reader or a writer passes it on",
      (lock) =>
        withoutPreemption(Effect.gen(function*() {
          for (const kinds of ["wr", "rw", "wwr"]) {
            const { order, threads } = yield* lock.withWriteLock(line(lock, kinds))
            yield* Thread.interrupt(threads[kinds === "rw" ? 1 : 0]!)
            yield* awaitAll(threads)
            assert.includeMembers(order, kinds === "rw" ? ["r0"] : [`r${kinds.length - 1}`])
          }
        }))
    ),

    ...forms.map(([form, around]) =>
      on(`${form}: interrupted at any operation, free or held, it loses nothing`, (lock) =>
        Effect.gen(function*() {
          const body = Effect.ensuring(Effect.andThen(Effect.yieldNow, Effect.yieldNow), Effect.yieldNow)
          const check = Effect.gen(function*() {
            yield* lock.withReadLock(Effect.void)
            yield* lock.withWriteLock(Effect.void)
            assert.isTrue(yield* isFree(lock))
            assert.strictEqual(waiting(lock.primitive), 0)
          })
          const free = Effect.succeed({ effect: around(lock, body), check: () => check })
          // A thread before it and two after it: it waits, and is waited for.
          const held = (before: Around) =>
            Effect.gen(function*() {
              const open = yield* Deferred.make<void>()
              const first = yield* Thread.fork(before(Effect.andThen(Deferred.await(open), Effect.yieldNow)))
              yield* until(() => !Effect.runSync(isFree(lock)), () => "it is held")
              const after = yield* Thread.fork(Effect.gen(function*() {
                for (let step = 0; step < 5; step++) yield* Effect.yieldNow
                yield* Deferred.succeed(open, undefined)
                yield* lock.withWriteLock(Effect.yieldNow)
              }))
              const last = yield* Thread.fork(lock.withReadLock(body))
              return {
                effect: around(lock, body),
                check: () => Effect.andThen(awaitAll([first, after, last]), check)
              }
            })
          assert.isAbove(yield* interruptEverywhere(free), 5)
          assert.isAbove(yield* interruptEverywhere(held(lock.withReadLock)), 1)
          assert.isAbove(yield* interruptEverywhere(held(lock.withWriteLock)), 1)
        }), { schedules: 5 })
    ),

    on("two threads write: no update is lost, and who reads sees none half done", (lock) =>
      Effect.gen(function*() {
        const pair = [0, 0]
        const write = lock.withWriteLock(Effect.gen(function*() {
          pair[0]!++
          yield* Effect.void
          pair[1] = pair[0]!
        }))
        const threads = [yield* Thread.fork(write), yield* Thread.fork(write)]
        const [one, other] = yield* lock.withReadLock(Effect.sync(() => [...pair]))
        assert.strictEqual(one, other)
        yield* awaitAll(threads)
        assert.deepStrictEqual(pair, [2, 2])
      }), { preemptions: 2 }),

    on(
      "a writer interrupted at any moment of holding it, or of waiting for it, keeps nobody waiting",
      (lock) =>
        Effect.gen(function*() {
          const reader = yield* Thread.fork(lock.withReadLock(Effect.yieldNow))
          const writer = yield* Thread.fork(lock.withWriteLock(Effect.void))
          yield* Thread.interrupt(writer)
          yield* lock.withReadLock(Effect.void)
          yield* lock.withWriteLock(Effect.void)
          yield* awaitAll([reader])
        }),
      { preemptions: 2 }
    )
  ]
}
