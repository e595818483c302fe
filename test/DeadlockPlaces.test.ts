/** Where and since when: what a report tells of places and times, warnings of lock order, and noted source positions. */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { Condition, Deadlock, Future, Lock, RLock, Thread, ThreadPoolExecutor } from "effect-threading"
import { Explore } from "effect-threading/testing"
import { readFileSync } from "node:fs"
import { interruptAll, logged, settled, supervised, untilReported } from "./support/deadlocks.ts"

describe("a report", () => {
  it.effect("tells since when each holds what it holds and waits for what it waits for", () =>
    Effect.asVoid(Explore.check(
      logged((log) =>
        Effect.gen(function*() {
          const left = yield* Lock.make({ name: "left" })
          const right = yield* Lock.make({ name: "right" })
          const one = yield* Thread.fork(
            Lock.withLock(left, Effect.andThen(Effect.sleep(10), Lock.withLock(right, Effect.void))),
            { name: "one" }
          )
          const two = yield* Thread.fork(
            Effect.andThen(
              Effect.sleep(4),
              Lock.withLock(right, Effect.andThen(Effect.sleep(26), Lock.withLock(left, Effect.void)))
            ),
            { name: "two" }
          )
          yield* Effect.sleep(40)
          const [error] = log.deadlocks
          const times = error!.cycle.map(({ holds, thread, waitsFor }) => [
            thread.name,
            ...holds.map(({ since }) => since),
            waitsFor.since
          ])
          assert.deepStrictEqual(times, [["two", 4, 30], ["one", 0, 10]])
          assert.strictEqual(error!.time, 30)
          assert.include(error!.message, "one waits for right, for 20 ms")
          yield* interruptAll([one, two])
        }).pipe(Effect.provideService(Deadlock.Policy, "report"))
      ),
      { schedules: 20 }
    )))

  it.effect("tells the function or span that it happened in, as Effect knows it", () =>
    supervised((log) =>
      Effect.gen(function*() {
        const lock = yield* RLock.make()
        const join = Effect.fn("join")((thread: Thread.Thread<void>) => Thread.join(thread))
        const body = Effect.flatMap(Thread.fork(RLock.withLock(lock, Effect.void)), join)
        const thread = yield* Thread.fork(Effect.withSpan(RLock.withLock(lock, body), "outer"))
        yield* untilReported(log)
        const places = log.deadlocks[0]!.cycle.flatMap(({ holds, waitsFor }) =>
          [...holds, waitsFor].map(({ at }) => at)
        )
        assert.isTrue(places.some((at) => at?.startsWith("join < outer (DeadlockPlaces.test.ts:")), String(places))
        assert.isTrue(places.some((at) => at?.startsWith("outer")), String(places))
        yield* interruptAll([thread])
      })
    ))
})

const source = readFileSync(import.meta.filename, "utf8").split("\n")

/** Matches the position of the line that ends in this comment. */
const lineOf = (comment: string): RegExp =>
  new RegExp(`^DeadlockPlaces\\.test\\.ts:${source.findIndex((line) => line.endsWith(`// ${comment}`)) + 1}:\\d+$`)

describe("layerSites", () => {
  it.effect("has the places be the source positions of the calls", () =>
    supervised((log) =>
      Effect.gen(function*() {
        const lock = yield* Lock.make()
        const pool = yield* ThreadPoolExecutor.make({ maxWorkers: 1 })
        const task = Effect.suspend(() => Lock.withLock(lock, Effect.void)) // taken by the task
        const waiting = Effect.gen(function*() {
          const future = yield* ThreadPoolExecutor.submit(pool, task)
          yield* Future.result(future) // waited for
        })
        const thread = yield* Thread.fork(Lock.withLock(lock, waiting)) // taken first
        yield* untilReported(log)
        const [worker, holder] = log.deadlocks[0]!.cycle
        assert.match(worker!.waitsFor.at!, lineOf("taken by the task"))
        assert.match(holder!.waitsFor.at!, lineOf("waited for"))
        assert.match(holder!.holds[0]!.at!, lineOf("taken first"))
        yield* interruptAll([thread])
      })
    ).pipe(Effect.provide(Deadlock.layerSites)))

  it.effect("also of what is acquired raw, in a scope, or piped, and of joins", () =>
    supervised((log) =>
      Effect.gen(function*() {
        const forms = {
          raw: (lock: RLock.RLock) => RLock.acquire(lock), // raw
          scoped: (lock: RLock.RLock) => Effect.scoped(RLock.acquireScoped(lock)), // scoped
          piped: (lock: RLock.RLock) => Effect.void.pipe(RLock.withLock(lock)) // piped
        }
        for (const [name, form] of Object.entries(forms)) {
          const lock = yield* RLock.make()
          log.deadlocks.length = 0
          const joining = Effect.flatMap(Thread.fork(form(lock)), (thread) => Thread.join(thread)) // joined
          const holder = yield* Thread.fork(RLock.withLock(lock, joining), { name: "holder" })
          yield* untilReported(log)
          for (const { thread, waitsFor } of log.deadlocks[0]!.cycle) {
            assert.match(waitsFor.at!, lineOf(thread.name === "holder" ? "joined" : name))
          }
          yield* interruptAll([holder])
        }
      })
    ).pipe(Effect.provide(Deadlock.layerSites)))
})

describe("layerLockOrder", () => {
  const inside = Effect.fn("inside")((outer: Lock.Lock, inner: Lock.Lock) =>
    Lock.withLock(outer, Lock.withLock(inner, Effect.void))
  )
  const named = (name: string) => Lock.makeUnsafe({ name })

  it.effect("warns once of two locks that were taken in both orders, with both threads and places", () =>
    supervised((log) =>
      Effect.gen(function*() {
        const [a, b] = [named("a"), named("b")]
        yield* Thread.join(yield* Thread.fork(inside(a, b), { name: "forth" }))
        yield* Thread.join(yield* Thread.fork(inside(a, b), { name: "forth again" }))
        assert.deepStrictEqual(log.warnings, [])
        yield* Thread.join(yield* Thread.fork(inside(b, a), { name: "back" }))
        yield* inside(a, b)
        yield* inside(b, a)
        yield* settled
        assert.lengthOf(log.warnings, 1)
        const [first, forth, back] = log.warnings[0]!.split("\n")
        assert.include(first, "a and b")
        assert.match(forth!, /^ {2}forth took a \(inside \(DeadlockPlaces\.test\.ts:\d+:\d+\)\), then b \(inside/)
        assert.match(back!, /^ {2}back took b \(.*\), then a \(/)
      })
    ).pipe(Effect.provide(Deadlock.layerLockOrder)))

  it.effect("takes note of every form that holds, conditions' and raw ones among them, also through a time-out", () =>
    supervised((log) =>
      Effect.gen(function*() {
        const condition = yield* Condition.make(undefined, { name: "c" })
        const [a, b, c] = [named("a"), named("b"), named("c")]
        const rlock = yield* RLock.make({ name: "r" })
        const pairs = [
          (x: Lock.Lock, y: Lock.Lock) =>
            Effect.scoped(Effect.andThen(Lock.acquireScoped(x), Lock.withLock(y, Effect.void))),
          (x: Lock.Lock, y: Lock.Lock) =>
            Effect.acquireUseRelease(Lock.acquire(x), () => Lock.withLock(y, Effect.void), () => Lock.release(x)),
          (x: Lock.Lock, y: Lock.Lock) =>
            Effect.asVoid(Lock.withLockIfAvailable(x, Effect.timeout(Lock.withLock(y, Effect.void), "1 second")))
        ]
        for (const [index, pair] of pairs.entries()) {
          const [x, y] = [named("x"), named("y")]
          yield* pair(x, y)
          yield* pair(y, x)
          yield* settled
          assert.lengthOf(log.warnings, index + 1)
        }
        yield* Lock.withLock(a, Condition.withLock(condition, Effect.void))
        yield* Condition.withLock(condition, Lock.withLock(a, Effect.void))
        yield* RLock.withLock(rlock, Lock.withLock(b, Effect.void))
        yield* Lock.withLock(c, Lock.withLock(b, RLock.withLock(rlock, Effect.void)))
        yield* settled
        assert.lengthOf(log.warnings, pairs.length + 2)
      })
    ).pipe(Effect.provide(Deadlock.layerLockOrder)))

  it.effect("says nothing of re-entries, of forms that never wait, and of locks that are not held any more", () =>
    supervised((log) =>
      Effect.gen(function*() {
        const [a, b] = [named("a"), named("b")]
        const rlock = yield* RLock.make()
        yield* inside(a, b)
        yield* Lock.withLock(b, Lock.withLockIfAvailable(a, Effect.void))
        yield* Lock.withLock(b, Effect.andThen(Lock.acquireIfAvailable(a), Lock.release(a)))
        yield* Lock.acquire(b)
        yield* Lock.release(b)
        yield* Lock.withLock(a, Effect.void)
        yield* RLock.withLock(rlock, Lock.withLock(a, RLock.withLock(rlock, Effect.void)))
        yield* Effect.scoped(Effect.andThen(RLock.acquireScoped(rlock), Lock.withLock(a, RLock.acquire(rlock))))
        // A thread that is started inside of a hold does not hold it.
        yield* Lock.withLock(b, Effect.flatMap(Thread.fork(Lock.withLock(a, Effect.void)), Thread.join))
        yield* settled
        assert.deepStrictEqual(log.warnings, [])
      })
    ).pipe(Effect.provide(Deadlock.layerLockOrder)))

  it.effect("listens only while it is alive", () =>
    logged((log) =>
      Effect.gen(function*() {
        const [a, b] = [named("a"), named("b")]
        yield* Effect.provide(inside(a, b), Deadlock.layerLockOrder)
        yield* inside(b, a)
        yield* settled
        assert.deepStrictEqual(log.warnings, [])
      })
    ))
})
