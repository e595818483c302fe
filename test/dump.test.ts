import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Fiber } from "effect"
import {
  Condition,
  Deadlock,
  Event,
  Future,
  Lock,
  RLock,
  Semaphore,
  Thread,
  ThreadGroup,
  ThreadPoolExecutor
} from "effect-threading"
import { inspect } from "node:util"
import { setNow } from "../src/internal/coarseClock.ts"

const yieldAll = Effect.repeat(Effect.yieldNow, { times: 20 })

/** A time that goes on when it is told to, for what is written down of locks and waits. */
const handTime = Effect.acquireRelease(
  Effect.sync(() => {
    const time = { now: Date.UTC(2026, 10, 25, 3), restore: () => {} }
    time.restore = setNow(() => time.now)
    return time
  }),
  ({ restore }) => Effect.sync(restore)
)

const named = (dump: Thread.Dump, name: string): Thread.DumpedThread => {
  const thread = dump.threads.find((thread) => thread.name === name)
  assert.isDefined(thread, `${name} is in the dump`)
  return thread
}

const steady = (text: string) =>
  text.replace(/fiber #\d+/g, "fiber #N").replace(/dump\.test\.ts:\d+:\d+/g, "dump.test.ts:LINE")

// First in this file, so its threads are numbered from 1.
describe("the text of a dump", () => {
  it.effect("tells what each thread holds and waits for, and who waits behind whom", () =>
    Effect.gen(function*() {
      const time = yield* handTime
      const ledger = yield* Lock.make({ name: "ledger" })
      const tree = yield* RLock.make({ name: "tree" })
      const ready = yield* Condition.make(undefined, { name: "ready" })
      const permits = yield* Semaphore.make(1, { name: "permits" })
      const end = yield* Event.make({ name: "end" })
      const pool = yield* ThreadPoolExecutor.make({ maxWorkers: 3, threadNamePrefix: "pool" })
      const daemon = true

      const audit = Effect.withSpan(Lock.withLock(ledger, Event.wait(end)), "audit")
      yield* Thread.fork(audit, { name: "auditor" })
      const writer = yield* Thread.fork(Lock.withLock(ledger, Effect.void), { name: "writer" })
      yield* Thread.fork(Lock.withLock(ledger, Effect.void), { name: "second writer" })
      yield* Thread.fork(RLock.withLock(tree, RLock.withLock(tree, Effect.never)), { name: "deep", daemon })
      yield* Thread.fork(Effect.timeout(RLock.withLock(tree, Effect.void), "1 hour"), { name: "patient", daemon })
      yield* Thread.fork(Condition.withLock(ready, Condition.wait(ready)), { name: "sleeper", daemon })
      yield* Thread.fork(Semaphore.withPermits(permits, 2, Effect.void), { name: "greedy", daemon })
      yield* yieldAll
      time.now += 62_000
      yield* Thread.fork(Effect.sleep("1 hour"), { name: "late", daemon })
      yield* Thread.fork(Thread.join(writer), { name: "joiner", daemon })
      const busy = yield* ThreadPoolExecutor.submit(pool, Event.wait(end))
      const brief = yield* ThreadPoolExecutor.submit(pool, Effect.yieldNow)
      yield* Future.result(brief)
      yield* Thread.fork(Future.result(busy), { name: "asker", daemon })
      const outside = yield* Effect.sync(() => Effect.runFork(Lock.withLock(ledger, Effect.void)))
      yield* yieldAll
      time.now += 3_200

      const text = steady(String(yield* Thread.dump))
      yield* Fiber.interrupt(outside)
      yield* Event.set(end)
      assert.strictEqual(
        text,
        `\
Thread dump, 2026-11-25T03:01:05.200Z: 13 threads (11 blocked, 1 running, 1 idle)

ThreadGroup-1
  "MainThread" #1             Running  3.2 s
  "auditor" #2                Blocked  1 min 5 s  on Event end
      at audit (dump.test.ts:LINE)
      holds  Lock ledger  1 min 5 s    at audit (dump.test.ts:LINE)
  "writer" #3                 Blocked  1 min 5 s  on Lock ledger, held by auditor for 1 min 5 s
  "second writer" #4          Blocked  1 min 5 s  on Lock ledger, held by auditor for 1 min 5 s
  "deep" #5           daemon  Blocked  1 min 5 s  on something asynchronous: a sleep, I/O, another fiber
      holds  RLock tree  1 min 5 s  2 deep
  "patient" #6        daemon  Blocked  1 min 5 s  on RLock tree, held by deep for 1 min 5 s
  "sleeper" #7        daemon  Blocked  1 min 5 s  on Condition ready
  "greedy" #8         daemon  Blocked  1 min 5 s  on Semaphore permits
  "late" #9           daemon  Blocked  3.2 s      on something asynchronous: a sleep, I/O, another fiber
  "joiner" #10        daemon  Blocked  3.2 s      on the end of writer
  "pool_0" #11                Blocked  3.2 s      on Event end
  "pool_1" #12                Idle     3.2 s
  "asker" #13         daemon  Blocked  3.2 s      on Future-1, which pool_0 works on

Fibers of no thread
  fiber #N  Blocked  3.2 s  on Lock ledger, held by auditor for 1 min 5 s

Locks and queues
  Lock ledger        held by auditor for 1 min 5 s       3 waiting: writer, second writer, fiber #N
  Event end                                              2 waiting: auditor, pool_0
  RLock tree         held by deep for 1 min 5 s, 2 deep  1 waiting: patient
  Condition ready                                        1 waiting: sleeper
  Semaphore permits                                      1 waiting: greedy
  Future-1           pool_0 works on it                  1 waiting: asker

Executors
  pool  1 running, at most 3; 0 queued
    "pool_0" #11  busy  3.2 s
    "pool_1" #12  idle  3.2 s`
      )
    }).pipe(Effect.scoped, ThreadGroup.supervise))
})

describe("Thread.dump", () => {
  it.effect("is data, and the same data as JSON", () =>
    Effect.gen(function*() {
      const lock = yield* Lock.make({ name: "lock" })
      yield* Thread.fork(Lock.withLock(lock, Effect.never), { name: "holder", daemon: true })
      const attempts = [Lock.withLock(lock, Effect.void), Lock.withLock(lock, Effect.void)]
      yield* Thread.fork(Effect.all(attempts, { concurrency: 2 }), { name: "twice", daemon: true })
      yield* yieldAll

      const dump = yield* Thread.dump
      const twice = named(dump, "twice")
      assert.deepInclude(named(dump, "holder"), { daemon: true, isMain: false, state: "Blocked" })
      assert.deepInclude(named(dump, "holder").holds[0], { kind: "Lock", name: "lock" })
      assert.deepInclude(twice.waitsFor, { kind: "Lock", name: "lock", heldBy: "holder" })
      assert.strictEqual(twice.helperWaits.length, 1)
      assert.deepInclude(twice.helperWaits[0]?.waitsFor, { name: "lock", heldBy: "holder" })
      assert.deepInclude(dump.locks[0], { name: "lock", holder: "holder", waiting: ["twice", "twice"] })

      const parsed = JSON.parse(JSON.stringify(dump)) as Thread.Dump
      assert.deepStrictEqual(Object.keys(parsed).sort(), ["at", "executors", "fibers", "locks", "pools", "threads"])
      assert.strictEqual(JSON.stringify(parsed), JSON.stringify(dump))
      assert.strictEqual(inspect(dump), String(dump))
    }).pipe(ThreadGroup.supervise))

  it.effect("shows threads by region, main first, and neither those not started nor those that ended", () =>
    Effect.gen(function*() {
      const seen = yield* Event.make()
      yield* Thread.make(Effect.void, { name: "unstarted" })
      yield* Thread.join(yield* Thread.fork(Effect.void, { name: "ended" }))
      const inner = Effect.andThen(Thread.fork(Event.wait(seen), { name: "inner" }), Event.wait(seen))
      yield* Thread.fork(ThreadGroup.supervise(inner), { name: "outer" })
      yield* Thread.fork(Event.wait(seen), { name: "second" })
      yield* yieldAll
      const { threads } = yield* Thread.dump
      yield* Event.set(seen)
      assert.deepStrictEqual(threads.map(({ name }) => name), ["MainThread", "outer", "second", "MainThread", "inner"])
      const groups = threads.map(({ group }) => group)
      assert.deepStrictEqual(groups.map((group) => groups.indexOf(group)), [0, 0, 0, 3, 3])
      assert.deepStrictEqual(threads.map(({ isMain }) => isMain), [true, false, false, true, false])
    }).pipe(ThreadGroup.supervise))

  it.effect("works in a program that is deadlocked", () =>
    Effect.gen(function*() {
      const [a, b] = [yield* Lock.make({ name: "a" }), yield* Lock.make({ name: "b" })]
      const both = (first: Lock.Lock, second: Lock.Lock) =>
        Lock.withLock(first, Effect.andThen(Effect.yieldNow, Lock.withLock(second, Effect.void)))
      yield* Thread.fork(both(a, b), { name: "ab", daemon: true })
      yield* Thread.fork(both(b, a), { name: "ba", daemon: true })
      yield* yieldAll
      const dump = yield* Thread.dump
      for (const [name, held, wanted, holder] of [["ab", "a", "b", "ba"], ["ba", "b", "a", "ab"]] as const) {
        assert.deepInclude(named(dump, name).holds[0], { name: held })
        assert.deepInclude(named(dump, name).waitsFor, { name: wanted, heldBy: holder })
      }
    }).pipe(ThreadGroup.supervise, Effect.provideService(Deadlock.Policy, "off")))

  it.effect("shows what an executor does: its workers, each since when, and what is queued", () =>
    Effect.gen(function*() {
      const end = yield* Deferred.make<void>()
      const pool = yield* ThreadPoolExecutor.make({ maxWorkers: 2, threadNamePrefix: "pool" })
      yield* Effect.replicateEffect(ThreadPoolExecutor.submit(pool, Deferred.await(end)), 3)
      yield* yieldAll
      const before = yield* Thread.dump
      yield* ThreadPoolExecutor.shutdown(pool, { wait: false, cancelFutures: true })
      const after = yield* Thread.dump
      yield* Deferred.succeed(end, undefined)
      assert.deepInclude(before.executors[0], { name: "pool", maxWorkers: 2, running: 2, queued: 1, isShutdown: false })
      assert.deepStrictEqual(before.executors[0]?.workers.map(({ state }) => state), ["busy", "busy"])
      // The worker's own fiber waits for the end of the executor, but the task is what it does.
      assert.strictEqual(named(before, "pool_0").waitsFor?.kind, "Async")
      assert.deepInclude(after.executors[0], { running: 2, queued: 0, isShutdown: true })
    }).pipe(Effect.scoped, ThreadGroup.supervise))

  it.effect("shows fibers of no thread that wait, also where there is no thread at all", () =>
    Effect.gen(function*() {
      const lock = Lock.makeUnsafe({ name: "plain" })
      const holder = yield* Effect.forkChild(Lock.withLock(lock, Effect.never))
      const waiter = yield* Effect.forkChild(Effect.withSpan(Lock.withLock(lock, Effect.void), "waiting"))
      yield* yieldAll
      const dump = yield* Thread.dump
      assert.deepStrictEqual(dump.threads, [])
      const [fiber, ...others] = dump.fibers.filter(({ waitsFor }) => waitsFor.name === "plain")
      assert.deepInclude(fiber, { fiber: waiter.id, span: "waiting" })
      assert.deepInclude(fiber?.waitsFor, { kind: "Lock", heldBy: `fiber #${holder.id}` })
      assert.deepStrictEqual(others, [])
      yield* Fiber.interruptAll([holder, waiter])
      assert.deepStrictEqual((yield* Thread.dump).fibers.filter(({ waitsFor }) => waitsFor.name === "plain"), [])
    }))

  it.effect("shows ten thousand threads", () =>
    Effect.gen(function*() {
      const lock = yield* Lock.make({ name: "crowded" })
      const fork = Thread.fork(Lock.withLock(lock, Effect.never), { daemon: true })
      yield* Effect.replicateEffect(fork, 10_000, { discard: true })
      yield* yieldAll
      const dump = yield* Thread.dump
      assert.strictEqual(dump.threads.length, 10_001)
      assert.strictEqual(dump.locks[0]?.waiting.length, 9_999)
      assert.match(String(dump), /Lock crowded +held by Thread-\d+ for .* 9999 waiting: .* and 9991 more$/m)
    }).pipe(ThreadGroup.supervise), 60_000)
})
