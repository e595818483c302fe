import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Exit, Fiber } from "effect"
import { Event, Future, Thread, ThreadGroup, ThreadLocal, ThreadPoolExecutor } from "effect-threading"
import { untilState } from "./support/threads.ts"

/** A local whose resource is a number, with a log of what was acquired and released. */
const makeLogged = Effect.gen(function*() {
  const log: Array<string> = []
  let acquired = 0
  const local = yield* ThreadLocal.resource(
    Effect.acquireRelease(
      Effect.sync(() => {
        log.push(`acquire ${++acquired}`)
        return acquired
      }),
      (n) => Effect.sync(() => log.push(`release ${n}`))
    )
  )
  return { local, log }
})

describe("ThreadLocal.resource", () => {
  it.effect("is released when its thread ends: by success, by failure and by interruption, before who joins goes on", () =>
    Effect.gen(function*() {
      const { local, log } = yield* makeLogged
      const gate = yield* Event.make()
      const bodies = [Effect.void, Effect.fail("boom"), Event.wait(gate)]
      for (const body of bodies) {
        const thread = yield* Thread.fork(Effect.andThen(ThreadLocal.get(local), body))
        if (body === bodies[2]) {
          yield* untilState(thread, "Blocked")
          yield* Thread.interrupt(thread)
        }
        yield* Thread.await(thread)
        log.push("joined")
      }
      assert.deepStrictEqual(log, [
        "acquire 1",
        "release 1",
        "joined",
        "acquire 2",
        "release 2",
        "joined",
        "acquire 3",
        "release 3",
        "joined"
      ])
    }).pipe(ThreadGroup.supervise, Effect.provideService(Thread.ExceptHook, () => Effect.void)))

  it.effect("main's is released when the region's main effect ends", () =>
    Effect.gen(function*() {
      const { local, log } = yield* makeLogged
      yield* ThreadGroup.supervise(Effect.map(ThreadLocal.get(local), (n) => log.push(`use ${n}`)))
      assert.deepStrictEqual(log, ["acquire 1", "use 1", "release 1"])
    }))

  it.effect("a worker's lives across its tasks, and is released when the worker ends", () =>
    Effect.gen(function*() {
      const { local, log } = yield* makeLogged
      const pool = yield* ThreadPoolExecutor.make({ maxWorkers: 1 })
      for (const task of ["one", "two"]) {
        const use = Effect.map(ThreadLocal.get(local), (n) => log.push(`${task} uses ${n}`))
        yield* Future.result(yield* ThreadPoolExecutor.submit(pool, use))
      }
      yield* ThreadPoolExecutor.shutdown(pool)
      assert.deepStrictEqual(log, ["acquire 1", "one uses 1", "two uses 1", "release 1"])
    }).pipe(Effect.scoped, ThreadGroup.supervise))

  it.effect("two fibers of a thread that ask at once get one", () =>
    Effect.gen(function*() {
      let acquired = 0
      const isReady = yield* Deferred.make<void>()
      const local = yield* ThreadLocal.resource(
        Effect.andThen(Deferred.await(isReady), Effect.sync(() => ({ number: ++acquired })))
      )
      const thread = yield* Thread.fork(
        Effect.all(
          [ThreadLocal.get(local), Effect.timeout(ThreadLocal.get(local), "1 second"), ThreadLocal.get(local)],
          {
            concurrency: "unbounded"
          }
        )
      )
      yield* untilState(thread, "Blocked")
      yield* Deferred.succeed(isReady, undefined)
      const [one, two, three] = yield* Thread.join(thread)
      assert.strictEqual(acquired, 1)
      assert.deepStrictEqual([two === one, three === one], [true, true])
    }).pipe(ThreadGroup.supervise))

  it.effect("if the fiber that acquires it is interrupted, what it had is released and the next one acquires anew", () =>
    Effect.gen(function*() {
      const log: Array<string> = []
      const gate = yield* Event.make()
      const acquiring = yield* Event.make()
      const local = yield* ThreadLocal.resource(Effect.gen(function*() {
        yield* Effect.acquireRelease(
          Effect.sync(() => log.push("acquire")),
          () => Effect.sync(() => log.push("release"))
        )
        yield* Event.set(acquiring)
        yield* Event.wait(gate)
        return "made"
      }))
      const first = yield* Effect.forkChild(ThreadLocal.get(local))
      yield* Event.wait(acquiring)
      const second = yield* Effect.forkChild(ThreadLocal.get(local))
      yield* Effect.yieldNow
      assert.deepStrictEqual(log, ["acquire"])
      yield* Fiber.interrupt(first)
      yield* Event.set(gate)
      assert.strictEqual(yield* Fiber.join(second), "made")
      assert.deepStrictEqual(log, ["acquire", "release", "acquire"])
    }).pipe(ThreadGroup.supervise))

  it.effect("delete releases it, and the next get acquires another", () =>
    Effect.gen(function*() {
      const { local, log } = yield* makeLogged
      const thread = yield* Thread.fork(Effect.gen(function*() {
        yield* ThreadLocal.delete(local)
        log.push(`use ${yield* ThreadLocal.get(local)}`)
        yield* ThreadLocal.delete(local)
        yield* ThreadLocal.delete(local)
        log.push(`use ${yield* ThreadLocal.get(local)}`)
      }))
      yield* Thread.join(thread)
      assert.deepStrictEqual(log, ["acquire 1", "use 1", "release 1", "acquire 2", "use 2", "release 2"])
    }).pipe(ThreadGroup.supervise))

  it.effect("one that is set over is still released, once, when the thread ends", () =>
    Effect.gen(function*() {
      const { local, log } = yield* makeLogged
      const thread = yield* Thread.fork(Effect.gen(function*() {
        yield* ThreadLocal.get(local)
        yield* ThreadLocal.set(local, 42)
        log.push(`use ${yield* ThreadLocal.get(local)}`)
      }))
      yield* Thread.join(thread)
      assert.deepStrictEqual(log, ["acquire 1", "use 42", "release 1"])
    }).pipe(ThreadGroup.supervise))
})

describe("ThreadLocal", () => {
  it.effect("all fibers of a thread share its value", () =>
    Effect.gen(function*() {
      const local = yield* ThreadLocal.make(() => 0)
      const thread = yield* Thread.fork(Effect.gen(function*() {
        yield* Effect.timeout(ThreadLocal.set(local, 1), "1 second")
        yield* Effect.all([ThreadLocal.update(local, (n) => n + 1), ThreadLocal.update(local, (n) => n + 1)], {
          concurrency: "unbounded"
        })
        return yield* ThreadLocal.get(local)
      }))
      assert.strictEqual(yield* Thread.join(thread), 3)
      assert.strictEqual(yield* ThreadLocal.get(local), 0)
    }).pipe(ThreadGroup.supervise))

  it.effect("delete forgets the value, and the next get makes the initial one", () =>
    Effect.gen(function*() {
      const local = yield* ThreadLocal.make(() => "initial")
      yield* ThreadLocal.set(local, "set")
      yield* ThreadLocal.delete(local)
      assert.strictEqual(yield* ThreadLocal.get(local), "initial")
    }).pipe(ThreadGroup.supervise))

  it.effect("locally sets a value for an effect, and the old one again, however the effect ends", () =>
    Effect.gen(function*() {
      const local = yield* ThreadLocal.make(() => "initial")
      yield* ThreadLocal.set(local, "outer")
      const inner = Effect.gen(function*() {
        const seen = yield* ThreadLocal.get(local)
        yield* ThreadLocal.set(local, "changed inside")
        return seen
      })
      assert.strictEqual(yield* ThreadLocal.locally(local, "inner", inner), "inner")
      assert.strictEqual(yield* ThreadLocal.get(local), "outer")
      const failed = yield* Effect.exit(Effect.fail("boom").pipe(ThreadLocal.locally(local, "inner")))
      assert.deepStrictEqual(failed, Exit.fail("boom"))
      assert.strictEqual(yield* ThreadLocal.get(local), "outer")
      const waiting = yield* Event.make()
      const fiber = yield* Effect.forkChild(
        ThreadLocal.locally(local, "inner", Effect.andThen(Event.set(waiting), Effect.never))
      )
      yield* Event.wait(waiting)
      yield* Fiber.interrupt(fiber)
      assert.strictEqual(yield* ThreadLocal.get(local), "outer")
    }).pipe(ThreadGroup.supervise))

  it.effect("locally around a thread that had no value leaves it without one", () =>
    Effect.gen(function*() {
      let made = 0
      const local = yield* ThreadLocal.make(() => ++made)
      assert.strictEqual(yield* ThreadLocal.locally(local, 42, ThreadLocal.get(local)), 42)
      assert.strictEqual(made, 0)
      assert.strictEqual(yield* ThreadLocal.get(local), 1)
    }).pipe(ThreadGroup.supervise))

  it.effect("with inherit copy a new thread begins with its maker's value of that moment, and they part ways", () =>
    Effect.gen(function*() {
      const local = yield* ThreadLocal.make(() => "initial", { inherit: "copy" })
      const early = yield* Thread.make(ThreadLocal.get(local))
      yield* ThreadLocal.set(local, "parent's")
      const child = yield* Thread.make(Effect.gen(function*() {
        const before = yield* ThreadLocal.get(local)
        const grandchild = yield* Thread.fork(ThreadLocal.get(local))
        yield* ThreadLocal.set(local, "child's")
        return [before, yield* Thread.join(grandchild), yield* ThreadLocal.get(local)]
      }))
      yield* ThreadLocal.set(local, "changed since")
      assert.strictEqual(yield* Effect.flatMap(Thread.start(early), Thread.join), "initial")
      assert.deepStrictEqual(yield* Effect.flatMap(Thread.start(child), Thread.join), [
        "parent's",
        "parent's",
        "child's"
      ])
      assert.strictEqual(yield* ThreadLocal.get(local), "changed since")
    }).pipe(ThreadGroup.supervise))
})
