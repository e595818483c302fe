/** What every read-write lock does. */
import { assert } from "@effect/vitest"
import { Cause, Deferred, Effect, Exit, Fiber, Option, Scope } from "effect"
import { ReadWriteLock, Thread } from "effect-threading"
import type { ThreadGroup } from "effect-threading"
import { interruptEverywhere } from "effect-threading/testing"
import { TestClock } from "effect/testing"
import type { Case } from "../support/contract.ts"
import { choose } from "../support/osThreads.ts"
import { until, untilWaiting, waiting } from "../support/waiters.ts"
import { awaitAll, aWhile, withoutPreemption } from "./conduct.ts"
import type { LockLike } from "./lock.ts"
import { type Copies, printed } from "./shared.ts"

type Around = <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>
type Attempt = <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<Option.Option<A>, E, R>

/** A read-write lock in its forms. */
export interface ReadWriteLike {
  readonly primitive: object
  readonly withReadLock: Around
  readonly withWriteLock: Around
  readonly withReadLockIfAvailable: Attempt
  readonly withWriteLockIfAvailable: Attempt
  readonly acquireReadScoped: Effect.Effect<void, never, Scope.Scope>
  readonly acquireWriteScoped: Effect.Effect<void, never, Scope.Scope>
  readonly readers: Effect.Effect<number>
  readonly isWriteLocked: Effect.Effect<boolean>
}

type Lock = ReadWriteLock.ReadWriteLock

const formsOf = (
  primitive: object,
  use: <A, E, R>(f: (lock: Lock) => Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>
): ReadWriteLike => ({
  primitive,
  withReadLock: (effect) => use((lock) => ReadWriteLock.withReadLock(lock, effect)),
  withWriteLock: (effect) => use((lock) => ReadWriteLock.withWriteLock(lock, effect)),
  withReadLockIfAvailable: (effect) => use((lock) => ReadWriteLock.withReadLockIfAvailable(lock, effect)),
  withWriteLockIfAvailable: (effect) => use((lock) => ReadWriteLock.withWriteLockIfAvailable(lock, effect)),
  acquireReadScoped: use(ReadWriteLock.acquireReadScoped),
  acquireWriteScoped: use(ReadWriteLock.acquireWriteScoped),
  readers: use(ReadWriteLock.readers),
  isWriteLocked: use(ReadWriteLock.isWriteLocked)
})

export const localReadWriteLock: Effect.Effect<ReadWriteLike> = Effect.map(
  ReadWriteLock.make(),
  (lock) => formsOf(lock, (f) => f(lock))
)

/** One in shared memory, as the OS threads have it that use it. Nobody dies here. */
export const sharedReadWriteLockOf = (on: Copies): Effect.Effect<ReadWriteLike> =>
  Effect.map(ReadWriteLock.makeShared(), (lock) => {
    const copies = on(lock)
    return formsOf(printed(copies), (f) => Effect.flatMap(choose(copies), (copy) => f(copy as never as Lock)))
  })

const isFree = (lock: ReadWriteLike): Effect.Effect<boolean> =>
  Effect.gen(function*() {
    return (yield* lock.readers) === 0 && !(yield* lock.isWriteLocked)
  })

/** Held for writing only, it is a lock. */
export const lockOfWriting = (make: Effect.Effect<ReadWriteLike>): Effect.Effect<LockLike> =>
  Effect.map(make, (lock) => {
    let held: Scope.Closeable | undefined
    const acquire = Effect.gen(function*() {
      const scope = yield* Scope.make()
      yield* Scope.provide(lock.acquireWriteScoped, scope)
      held = scope
    })
    return {
      primitive: lock.primitive,
      withLock: lock.withWriteLock,
      withLockIfAvailable: lock.withWriteLockIfAvailable,
      acquireScoped: lock.acquireWriteScoped,
      acquire,
      acquireIfAvailable: Effect.flatMap(
        isFree(lock),
        (isFree) => isFree ? Effect.as(acquire, true) : Effect.succeed(false)
      ),
      release: Effect.suspend(() => Scope.close(held!, Exit.void)),
      isFree: isFree(lock)
    }
  })

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

/** Where reading once more may stand, inside of a hold. */
const helpers: ReadonlyArray<readonly [string, <A>(effect: Effect.Effect<A>) => Effect.Effect<unknown>]> = [
  ["directly", (effect) => effect],
  ["inside a time-out", (effect) => Effect.timeoutOption(effect, "1 hour")],
  ["inside a race", (effect) => Effect.raceFirst(effect, Effect.never)],
  ["beside a sibling", (effect) => Effect.all([effect, effect], { concurrency: "unbounded" })],
  ["in a forked child", (effect) => Effect.flatMap(Effect.forkChild(effect), Fiber.join)]
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

type Body = (lock: ReadWriteLike) => Effect.Effect<void, never, ThreadGroup.ThreadGroup>

/** Between OS threads those that write are not served in the order in which they came. */
export const readWriteLockCases = (
  make: Effect.Effect<ReadWriteLike>,
  { barges }: { readonly barges: boolean } = { barges: false }
): ReadonlyArray<Case> => {
  const on = (title: string, body: Body, options?: Partial<Case>): Case => ({
    ...options,
    title,
    body: Effect.gen(function*() {
      const lock = yield* make
      yield* body(lock)
      assert.isTrue(yield* isFree(lock), "it is free at the end")
      assert.strictEqual(waiting(lock.primitive), 0, "nobody waits at the end")
    })
  })

  /** Threads that come one after the other while it is held, and write down that they got it: `r1 w2 …`. */
  const line = (lock: ReadWriteLike, kinds: string) =>
    Effect.gen(function*() {
      const order: Array<string> = []
      const threads: Array<Thread.Thread<void>> = []
      const before = waiting(lock.primitive)
      for (const [index, kind] of Array.from(kinds).entries()) {
        const turn = Effect.andThen(Effect.sync(() => order.push(`${kind}${index}`)), Effect.yieldNow)
        threads.push(yield* Thread.fork(kind === "r" ? lock.withReadLock(turn) : lock.withWriteLock(turn)))
        yield* untilWaiting(lock.primitive, before + index + 1)
      }
      return { order, threads }
    })

  const defectOf = (effect: Effect.Effect<unknown>): Effect.Effect<unknown> =>
    Effect.map(Effect.exit(effect), (exit) => Exit.isFailure(exit) ? Cause.squash(exit.cause) : undefined)

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

    ...helpers.flatMap(([where, put]) => [
      on(
        `${where}: a read inside of a hold goes on at once, also while a writer waits`,
        (lock) =>
          Effect.gen(function*() {
            const again = lock.withReadLock(Effect.andThen(Effect.yieldNow, lock.readers))
            const threads = yield* lock.withReadLock(Effect.gen(function*() {
              const { threads } = yield* line(lock, "w")
              yield* put(again)
              assert.strictEqual(waiting(lock.primitive), 1)
              return threads
            }))
            yield* awaitAll(threads)
            yield* lock.withWriteLock(put(again))
          })
      ),

      on(`${where}: to write inside of a hold dies, and says why`, (lock) =>
        Effect.gen(function*() {
          for (const [held, around] of [["read", lock.withReadLock], ["write", lock.withWriteLock]] as const) {
            for (const write of [lock.withWriteLock(Effect.void), Effect.scoped(lock.acquireWriteScoped)]) {
              const error = yield* around(defectOf(put(write)))
              assert(error instanceof ReadWriteLock.ReadWriteLockUpgradeError)
              assert.strictEqual(error.held, held)
              assert.match(error.message, /ReadWriteLock-\d+ for (reading|writing)/)
            }
            assert.deepStrictEqual(yield* around(lock.withWriteLockIfAvailable(Effect.void)), Option.none())
          }
        }))
    ]),

    on(
      "a read that outlives the hold in which it was begun keeps writers out, and readers not",
      (lock) =>
        Effect.gen(function*() {
          for (const around of [lock.withReadLock, lock.withWriteLock]) {
            const [open, begun] = [yield* Deferred.make<void>(), yield* Deferred.make<void>()]
            const read = lock.withReadLock(Effect.andThen(Deferred.succeed(begun, undefined), Deferred.await(open)))
            const fiber = yield* around(
              Effect.tap(Effect.forkDetach(read), () => Deferred.await(begun))
            )
            assert.deepStrictEqual([yield* lock.readers, yield* lock.isWriteLocked], [1, false])
            assert.deepStrictEqual(yield* lock.withReadLock(lock.readers), 2)
            assert.deepStrictEqual(yield* lock.withWriteLockIfAvailable(Effect.void), Option.none())
            yield* Deferred.succeed(open, undefined)
            yield* Fiber.join(fiber)
          }
        })
    ),

    on("a hold that has ended is no way in for a fiber that outlived it", (lock) =>
      Effect.gen(function*() {
        const open = yield* Deferred.make<void>()
        const survivor = yield* lock.withReadLock(
          Effect.forkChild(Effect.andThen(Deferred.await(open), lock.withReadLock(lock.readers)))
        )
        yield* lock.withWriteLock(Effect.andThen(Deferred.succeed(open, undefined), untilWaiting(lock.primitive, 1)))
        assert.strictEqual(yield* Fiber.join(survivor), 1)
      })),

    on("a thread that is started inside of a hold waits as any other", (lock) =>
      Effect.gen(function*() {
        const { order, threads } = yield* lock.withReadLock(Effect.gen(function*() {
          const { order, threads } = yield* line(lock, "wr")
          yield* aWhile
          assert.deepStrictEqual(order, [])
          return { order, threads }
        }))
        yield* awaitAll(threads)
        assert.deepStrictEqual(order, ["w0", "r1"])
      })),

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
