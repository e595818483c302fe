/** The changes of all threads in one stream. */
import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Fiber, Stream } from "effect"
import { Event, Lock, Thread, ThreadGroup, ThreadPoolExecutor } from "effect-threading"
import { observer } from "../src/internal/observer.ts"
import { settle } from "./support/pool.ts"
import { until, untilState } from "./support/threads.ts"

const short = ({ state, thread }: Thread.Change): string =>
  `${thread.name} ${state._tag === "Blocked" ? `Blocked on ${state.on.kind}` : state._tag}`

/** Listens from outside of any region, for as long as the test takes. */
const listen = Effect.gen(function*() {
  const seen: Array<Thread.Change> = []
  const fiber = yield* Effect.forkChild(
    Stream.runForEach(Thread.allChanges, (change) => Effect.sync(() => seen.push(change)))
  )
  yield* until(Effect.sync(() => observer !== undefined))
  /** What was told so far of the threads whose names begin so. */
  const of = (...names: ReadonlyArray<string>) =>
    Effect.as(settle, seen).pipe(
      Effect.map((all) => all.filter(({ thread }) => names.some((name) => thread.name.startsWith(name))).map(short))
    )
  return { seen, of, fiber }
})

describe("all changes", () => {
  it.effect("tell of several threads in the order in which things happen", () =>
    Effect.gen(function*() {
      const { of, seen } = yield* listen
      yield* Effect.gen(function*() {
        const [lock, go] = [yield* Lock.make(), yield* Event.make()]
        const first = yield* Thread.fork(Lock.withLock(lock, Event.wait(go)), { name: "first" })
        yield* untilState(first, "Blocked")
        const second = yield* Thread.fork(Lock.withLock(lock, Effect.void), { name: "second" })
        yield* untilState(second, "Blocked")
        yield* Event.set(go)
        yield* Thread.join(second)
      }).pipe(ThreadGroup.supervise)
      assert.deepStrictEqual(yield* of("first", "second"), [
        "first Runnable",
        "first Running",
        "first Blocked on Event",
        "second Runnable",
        "second Running",
        "second Blocked on Lock",
        "first Runnable",
        "first Running",
        "second Runnable",
        "first Terminated",
        "second Running",
        "second Terminated"
      ])
      assert.strictEqual((yield* of("MainThread")).at(-1), "MainThread Terminated")
      const times = seen.map(({ at }) => at)
      assert.deepStrictEqual(times, times.toSorted((a, b) => a - b))
    }))

  it.effect("begin with the present states of the threads that are alive", () =>
    Effect.gen(function*() {
      const go = yield* Event.make()
      const old = yield* Thread.fork(Event.wait(go), { name: "old" })
      yield* Thread.join(yield* Thread.fork(Effect.void, { name: "older" }))
      yield* Thread.make(Effect.void, { name: "not started" })
      yield* untilState(old, "Blocked")
      const told = yield* Deferred.make<ReadonlyArray<string>>()
      yield* Thread.fork(
        Stream.runCollect(Stream.take(Thread.allChanges, 2)).pipe(
          Effect.flatMap((changes) => Deferred.succeed(told, changes.map(short)))
        ),
        { name: "listener" }
      )
      assert.deepStrictEqual(yield* Deferred.await(told), ["MainThread Blocked on Async", "old Blocked on Event"])
      yield* Event.set(go)
    }).pipe(ThreadGroup.supervise))

  it.effect("tell of threads that start later, also in another region", () =>
    Effect.gen(function*() {
      const { of } = yield* listen
      const run = (name: string) =>
        Effect.flatMap(Thread.fork(Effect.void, { name }), Thread.join).pipe(ThreadGroup.supervise)
      yield* run("one")
      yield* run("two")
      assert.deepStrictEqual(yield* of("one", "two"), [
        ...["Runnable", "Running", "Terminated"].map((state) => `one ${state}`),
        ...["Runnable", "Running", "Terminated"].map((state) => `two ${state}`)
      ])
    }))

  it.effect("tell of daemons, and of an executor's workers", () =>
    Effect.gen(function*() {
      const { of } = yield* listen
      yield* Effect.gen(function*() {
        yield* Thread.fork(Effect.never, { name: "daemon", daemon: true })
        const executor = yield* ThreadPoolExecutor.make({ maxWorkers: 1, threadNamePrefix: "worker" })
        yield* ThreadPoolExecutor.submit(executor, Effect.void)
      }).pipe(Effect.scoped, ThreadGroup.supervise)
      const daemon = yield* of("daemon")
      assert.deepStrictEqual([daemon[0], daemon.at(-1)], ["daemon Runnable", "daemon Terminated"])
      const worker = yield* of("worker")
      assert.includeMembers(worker, ["worker_0 Runnable", "worker_0 Running", "worker_0 Terminated"])
    }))

  it.effect("leave out the threads that listen, which have nothing to do because of each other", () =>
    Effect.gen(function*() {
      const seen: Array<string> = []
      const [go, end] = [yield* Event.make(), yield* Event.make()]
      const all = Stream.runForEach(Thread.allChanges, (change) => Effect.sync(() => seen.push(short(change))))
      const region = Effect.gen(function*() {
        const options = { name: "listener", daemon: true }
        yield* Thread.fork(all, options)
        // Through another fiber of the thread.
        yield* Thread.fork(Effect.flatMap(Effect.forkChild(all), Fiber.join), options)
        yield* Event.wait(go)
        yield* Thread.fork(Effect.void, { name: "other" })
        yield* Event.wait(end)
      })
      const fiber = yield* Effect.forkChild(ThreadGroup.supervise(region))
      yield* settle
      assert.include(seen.splice(0), "MainThread Blocked on Event")
      yield* settle
      assert.deepStrictEqual(seen, [])
      yield* Event.set(go)
      yield* settle
      assert.lengthOf(seen.filter((change) => change === "other Terminated"), 2)
      yield* Event.set(end)
      yield* Fiber.join(fiber)
    }))

  it.effect("tell of a thread again that has stopped to listen", () =>
    Effect.gen(function*() {
      const { of } = yield* listen
      yield* Effect.gen(function*() {
        const listens = Stream.runDrain(Stream.take(Thread.allChanges, 1))
        yield* Thread.join(yield* Thread.fork(listens, { name: "listener" }))
      }).pipe(ThreadGroup.supervise)
      assert.strictEqual((yield* of("listener")).at(-1), "listener Terminated")
    }))

  it.effect("are of no further cost when nobody listens any more: the stream is over, or its reader interrupted", () =>
    Effect.gen(function*() {
      const [go, hidden] = [yield* Event.make(), observer]
      const thread = yield* Thread.fork(Event.wait(go), { name: "thread" })
      yield* Stream.runDrain(Stream.take(Thread.allChanges, 1))
      assert.strictEqual(observer, hidden)
      const { fiber, seen } = yield* listen
      const other = yield* listen
      yield* Fiber.interrupt(fiber)
      const count = seen.length
      yield* Event.set(go)
      yield* Thread.join(thread)
      assert.strictEqual((yield* other.of("thread")).at(-1), "thread Terminated")
      assert.lengthOf(seen, count)
      yield* Fiber.interrupt(other.fiber)
      assert.strictEqual(observer, hidden)
    }).pipe(ThreadGroup.supervise))
})
