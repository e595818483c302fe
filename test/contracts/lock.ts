/** What everything that one thread at a time can hold has in common: locks, re-entrant locks, semaphores with one permit. */
import { assert } from "@effect/vitest"
import { Deferred, Effect, Exit, Option, Scope } from "effect"
import { Thread } from "effect-threading"
import type { Lock, RLock, ThreadGroup } from "effect-threading"
import { interruptEverywhere } from "effect-threading/testing"
import { TestClock } from "effect/testing"
import type { Case } from "../support/contract.ts"
import { until, untilWaiting, waiting } from "../support/waiters.ts"
import { awaitAll, forkFinalizing, withoutPreemption } from "./conduct.ts"

/** The forms in which such a thing is used. */
export interface LockLike {
  readonly primitive: object
  readonly withLock: <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>
  readonly withLockIfAvailable: <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<Option.Option<A>, E, R>
  readonly acquireScoped: Effect.Effect<void, never, Scope.Scope | ThreadGroup.ThreadGroup>
  readonly acquire: Effect.Effect<void, never, ThreadGroup.ThreadGroup>
  readonly acquireIfAvailable: Effect.Effect<boolean, never, ThreadGroup.ThreadGroup>
  readonly release: Effect.Effect<void, never, ThreadGroup.ThreadGroup>
  readonly isFree: Effect.Effect<boolean>
}

/** A new lock of this module, in its forms. */
export const lockOf = (api: typeof Lock | typeof RLock): Effect.Effect<LockLike> =>
  Effect.map((api as typeof Lock).make(), (lock) => {
    const { acquire, acquireIfAvailable, acquireScoped, isLocked, release, withLock, withLockIfAvailable } =
      api as typeof Lock
    return {
      primitive: lock,
      withLock: withLock(lock),
      withLockIfAvailable: withLockIfAvailable(lock),
      acquireScoped: acquireScoped(lock),
      acquire: acquire(lock),
      acquireIfAvailable: acquireIfAvailable(lock),
      release: release(lock),
      isFree: Effect.map(isLocked(lock), (isLocked) => !isLocked)
    }
  })

type Around = <A>(lock: LockLike, body: Effect.Effect<A>) => Effect.Effect<unknown, never, ThreadGroup.ThreadGroup>

const withLock: Around = (lock, body) => lock.withLock(body)

/** Each way of holding it around an effect. */
const forms: ReadonlyArray<readonly [name: string, around: Around]> = [
  ["withLock", withLock],
  ["acquireScoped", (lock, body) => Effect.scoped(Effect.andThen(lock.acquireScoped, body))],
  [
    "acquireScoped with a time-out",
    (lock, body) =>
      Effect.scoped(Effect.flatMap(Effect.timeoutOption(lock.acquireScoped, "1 second"), (answer) => {
        return Option.isSome(answer) ? body : Effect.void
      }))
  ],
  ["withLock inside a time-out", (lock, body) => Effect.timeoutOption(lock.withLock(body), "1 second")],
  ["withLockIfAvailable", (lock, body) => lock.withLockIfAvailable(body)]
]

const waitingForms = forms.filter(([name]) => name !== "withLockIfAvailable")

type Body = (lock: LockLike) => Effect.Effect<void, never, ThreadGroup.ThreadGroup>

/** Threads that come one after the other while it is held, and write down that they got it. */
const line = (lock: LockLike, size: number, around = withLock) =>
  Effect.gen(function*() {
    const order: Array<number> = []
    const threads: Array<Thread.Thread<unknown>> = []
    for (let index = 0; index < size; index++) {
      const turn = Effect.andThen(Effect.sync(() => order.push(index)), Effect.yieldNow)
      threads.push(yield* Thread.fork(around(lock, turn)))
      yield* untilWaiting(lock.primitive, index + 1)
    }
    return { order, threads }
  })

/**
 * Between OS threads whoever comes first when it is released may have it: the order is none that can be relied on, but everybody
 * gets it.
 */
export const lockCases = (
  make: Effect.Effect<LockLike>,
  { barges }: { readonly barges: boolean } = { barges: false }
): ReadonlyArray<Case> => {
  const inOrder = (order: ReadonlyArray<number>) => barges ? order.toSorted() : order
  const on = (title: string, body: Body, options?: Partial<Case>): Case => ({
    ...options,
    title,
    body: Effect.gen(function*() {
      const lock = yield* make
      yield* body(lock)
      assert.isTrue(yield* lock.isFree, "it is free at the end")
      assert.strictEqual(waiting(lock.primitive), 0, "nobody waits at the end")
    })
  })

  return [
    on("is held by one thread at a time", (lock) =>
      Effect.gen(function*() {
        let inside = 0
        const turn = Effect.gen(function*() {
          assert.strictEqual(++inside, 1)
          yield* Effect.yieldNow
          inside--
        })
        const threads = yield* Effect.forEach(Array(5), () =>
          Thread.fork(Effect.repeat(lock.withLock(turn), { times: 4 })))
        yield* Effect.forEach(threads, (thread) =>
          Thread.join(thread))
      })),

    on(
      `goes to ${barges ? "all who wait" : "those who wait in the order in which they came"}`,
      (lock) =>
        Effect.gen(function*() {
          const { order, threads } = yield* lock.withLock(line(lock, 5))
          yield* Effect.forEach(threads, (thread) => Thread.join(thread))
          assert.deepStrictEqual(inOrder(order), [0, 1, 2, 3, 4])
        })
    ),

    ...(barges ? [] : [
      on(
        "is handed to the first waiter in the moment of its release, so that nobody overtakes",
        (lock) =>
          withoutPreemption(Effect.gen(function*() {
            const { order, threads } = yield* lock.withLock(line(lock, 1))
            assert.isFalse(yield* lock.isFree)
            assert.isTrue(Option.isNone(yield* lock.withLockIfAvailable(Effect.void)))
            assert.isFalse(yield* lock.acquireIfAvailable)
            assert.deepStrictEqual(order, [])
            yield* Thread.join(threads[0]!)
          }))
      ),

      on(
        "is not taken by a newcomer before those who waited for it",
        (lock) =>
          withoutPreemption(Effect.gen(function*() {
            const { order, threads } = yield* lock.withLock(line(lock, 2))
            yield* lock.withLock(Effect.sync(() => order.push(2)))
            yield* awaitAll(threads)
            assert.deepStrictEqual(order, [0, 1, 2])
          }))
      )
    ]),

    on(
      "withLock answers as the effect does, and releases whether it succeeds, fails, dies or is interrupted",
      (lock) =>
        Effect.gen(function*() {
          assert.strictEqual(yield* lock.withLock(Effect.succeed(1)), 1)
          assert.deepStrictEqual(yield* Effect.exit(lock.withLock(Effect.fail("no"))), Exit.fail("no"))
          assert.deepStrictEqual(yield* Effect.exit(lock.withLock(Effect.die("bug"))), Exit.die("bug"))
          assert.isTrue(yield* lock.isFree)
          const thread = yield* Thread.fork(lock.withLock(Effect.never))
          yield* until(() => !Effect.runSync(lock.isFree), () => "it is held")
          yield* Thread.interrupt(thread)
        })
    ),

    on(
      "withLockIfAvailable answers none, without running the effect, while it is held",
      (lock) =>
        Effect.gen(function*() {
          assert.deepStrictEqual(yield* lock.withLockIfAvailable(Effect.succeed(1)), Option.some(1))
          const other = Thread.fork(lock.withLockIfAvailable(Effect.die("it ran")))
          const answer = yield* lock.withLock(Effect.flatMap(other, (thread) => Thread.join(thread)))
          assert.deepStrictEqual(answer, Option.none())
        })
    ),

    on("acquireScoped holds until the scope closes", (lock) =>
      Effect.gen(function*() {
        const scope = yield* Scope.make()
        yield* Scope.provide(lock.acquireScoped, scope)
        assert.isFalse(yield* lock.isFree)
        yield* Scope.close(scope, Exit.void)
      })),

    on("acquire and acquireIfAvailable hold until release", (lock) =>
      Effect.gen(function*() {
        assert.isTrue(yield* lock.acquireIfAvailable)
        const other = yield* Thread.fork(Effect.andThen(lock.acquire, lock.release))
        yield* untilWaiting(lock.primitive, 1)
        assert.isFalse(yield* Thread.join(yield* Thread.fork(lock.acquireIfAvailable)))
        yield* lock.release
        yield* Thread.join(other)
        yield* lock.acquire
        assert.isFalse(yield* lock.isFree)
        yield* lock.release
      })),

    on("a wait that times out answers none and leaves nothing behind", (lock) =>
      Effect.gen(function*() {
        const waiter = Effect.scoped(Effect.timeoutOption(lock.acquireScoped, "1 second"))
        const answer = yield* lock.withLock(Effect.gen(function*() {
          const thread = yield* Thread.fork(waiter)
          yield* untilWaiting(lock.primitive, 1)
          yield* TestClock.adjust("1 second")
          return yield* Thread.join(thread)
        }))
        assert.deepStrictEqual(answer, Option.none())
      })),

    ...waitingForms.flatMap(([form, around]) => [
      on(
        `${form}: interrupted while it waits, a thread leaves and keeps nobody waiting`,
        (lock) =>
          Effect.gen(function*() {
            const { order, threads } = yield* lock.withLock(
              Effect.tap(
                line(lock, 3, around),
                ({ threads }) => Effect.andThen(Thread.interrupt(threads[1]!), untilWaiting(lock.primitive, 2))
              )
            )
            yield* awaitAll(threads)
            assert.deepStrictEqual(inOrder(order), [0, 2])
          })
      ),

      on(
        `${form}: interrupted after the grant and before it went on, a thread passes it to the next`,
        (lock) =>
          withoutPreemption(Effect.gen(function*() {
            const { order, threads } = yield* lock.withLock(line(lock, 3, around))
            if (!barges) assert.strictEqual(waiting(lock.primitive), 2, "the first has been granted")
            yield* Thread.interrupt(threads[0]!)
            yield* awaitAll(threads)
            // A helper fiber of the first may have its turn before the interruption gets through to it.
            assert.deepStrictEqual(inOrder(order.filter((index) => index > 0)), [1, 2])
          }))
      ),

      on(
        `${form}: in a finalizer, it waits for its turn although its thread is interrupted`,
        (lock) =>
          Effect.gen(function*() {
            const order: Array<string> = []
            const threads = yield* lock.withLock(Effect.gen(function*() {
              const thread = yield* forkFinalizing(around(lock, Effect.sync(() => order.push("finalizer"))))
              const interrupter = yield* Thread.fork(Thread.interrupt(thread))
              yield* untilWaiting(lock.primitive, 1)
              yield* Effect.yieldNow
              assert.strictEqual(waiting(lock.primitive), 1)
              return [thread, interrupter]
            }))
            yield* awaitAll(threads)
            assert.deepStrictEqual(order, ["finalizer"])
          })
      )
    ]),

    ...forms.map(([form, around]) =>
      on(`${form}: interrupted at any operation, free or held, it loses nothing`, (lock) =>
        Effect.gen(function*() {
          const body = Effect.ensuring(Effect.andThen(Effect.yieldNow, Effect.yieldNow), Effect.yieldNow)
          const check = () =>
            Effect.gen(function*() {
              yield* lock.withLock(Effect.void)
              assert.isTrue(yield* lock.isFree)
              assert.strictEqual(waiting(lock.primitive), 0)
            })
          const free = Effect.succeed({ effect: around(lock, body), check })
          // A thread before it and a thread after it: it waits, and is waited for.
          const held = Effect.gen(function*() {
            const open = yield* Deferred.make<void>()
            const before = yield* Thread.fork(lock.withLock(Effect.andThen(Deferred.await(open), Effect.yieldNow)))
            yield* until(() => !Effect.runSync(lock.isFree), () => "it is held")
            const after = yield* Thread.fork(Effect.gen(function*() {
              for (let step = 0; step < 5; step++) yield* Effect.yieldNow
              yield* Deferred.succeed(open, undefined)
              yield* around(lock, body)
            }))
            return {
              effect: around(lock, body),
              check: () => Effect.andThen(awaitAll([before, after]), check())
            }
          })
          assert.isAbove(yield* interruptEverywhere(free), 5)
          assert.isAbove(yield* interruptEverywhere(held), form === "withLockIfAvailable" ? 1 : 5)
        }), { schedules: 5 })
    ),

    on("two threads increment under it: no update is lost", (lock) =>
      Effect.gen(function*() {
        let count = 0
        const increment = lock.withLock(Effect.gen(function*() {
          const read = count
          yield* Effect.void
          count = read + 1
        }))
        const threads = [yield* Thread.fork(increment), yield* Thread.fork(increment)]
        yield* Effect.forEach(threads, (thread) => Thread.join(thread))
        assert.strictEqual(count, 2)
      }), { preemptions: 2 }),

    on(
      "a thread interrupted at any moment of holding it, or of waiting for it, keeps nobody waiting",
      (lock) =>
        Effect.gen(function*() {
          const [first, second] = [
            yield* Thread.fork(lock.withLock(Effect.yieldNow)),
            yield* Thread.fork(lock.withLock(Effect.void))
          ]
          yield* Thread.interrupt(second)
          yield* lock.withLock(Effect.void)
          yield* Thread.interrupt(first)
          yield* lock.withLock(Effect.void)
        }),
      { preemptions: 2 }
    ),

    on("a wait given up in the moment of the grant keeps nobody waiting", (lock) =>
      Effect.gen(function*() {
        const first = yield* Thread.fork(lock.withLock(Effect.yieldNow))
        yield* Effect.raceFirst(lock.withLock(Effect.void), Thread.await(first))
        yield* lock.withLock(Effect.void)
        yield* Thread.join(first)
      }), { preemptions: 2 })
  ]
}
