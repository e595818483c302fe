import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit } from "effect"
import { Event, Future, Thread, ThreadGroup, ThreadLocal, ThreadPoolExecutor } from "effect-threading"
import { setFlagsFromString } from "node:v8"
import { runInNewContext } from "node:vm"
import { processTimeout, run } from "../support/run.ts"
import { untilState } from "../support/threads.ts"

/** Runs the effect on a thread of its own and answers with its result. */
const onThread = <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.flatMap(Thread.fork(effect), Thread.join)

describe("ThreadLocal: whose value", () => {
  it.effect("a value set or deleted in one thread is nothing to another that lives meanwhile [test_threading_local.BaseLocalTest.test_threading_local]", () =>
    Effect.gen(function*() {
      const local = yield* ThreadLocal.make(() => "initial")
      const go = yield* Event.make()
      const first = yield* Thread.fork(Effect.gen(function*() {
        yield* ThreadLocal.set(local, "first")
        yield* Event.wait(go)
        const kept = yield* ThreadLocal.get(local)
        yield* ThreadLocal.delete(local)
        return [kept, yield* ThreadLocal.get(local)]
      }))
      yield* untilState(first, "Blocked")
      const second = yield* Thread.fork(Effect.gen(function*() {
        const seen = yield* ThreadLocal.get(local)
        yield* ThreadLocal.set(local, "second")
        yield* Event.set(go)
        yield* Thread.await(first)
        return [seen, yield* ThreadLocal.get(local)]
      }))
      assert.deepStrictEqual(yield* Thread.join(first), ["first", "initial"])
      assert.deepStrictEqual(yield* Thread.join(second), ["initial", "second"])
    }).pipe(ThreadGroup.supervise))

  it.effect("an object built on a local keeps threads apart as the local does [test_threading_local.BaseLocalTest.test_threading_local_subclass]", () =>
    Effect.gen(function*() {
      class Settings {
        readonly #values: ThreadLocal.ThreadLocal<ReadonlyMap<string, string>>
        constructor(values: ThreadLocal.ThreadLocal<ReadonlyMap<string, string>>) {
          this.#values = values
        }
        read(key: string) {
          return Effect.map(ThreadLocal.get(this.#values), (values) => values.get(key))
        }
        write(key: string, value: string) {
          return ThreadLocal.update(this.#values, (values) => new Map([...values, [key, value]]))
        }
      }
      const settings = new Settings(yield* ThreadLocal.make((): ReadonlyMap<string, string> => new Map()))
      yield* settings.write("x", "main")
      const seen = yield* onThread(Effect.gen(function*() {
        const before = yield* settings.read("x")
        yield* settings.write("x", "thread")
        return [before, yield* settings.read("x")]
      }))
      assert.deepStrictEqual([seen, yield* settings.read("x")], [[undefined, "thread"], "main"])
    }).pipe(ThreadGroup.supervise))

  it.effect("what a thread set it reads, and can add to [test_threading_local.doctest.attribute_roundtrip]", () =>
    Effect.gen(function*() {
      const local = yield* ThreadLocal.make((): Record<string, unknown> => ({}))
      yield* ThreadLocal.update(local, (own) => ({ ...own, number: 42 }))
      assert.deepStrictEqual(yield* ThreadLocal.get(local), { number: 42 })
      yield* ThreadLocal.update(local, (own) => ({ color: "blue", ...own }))
      assert.strictEqual((yield* ThreadLocal.get(local))["color"], "blue")
      assert.strictEqual((yield* ThreadLocal.get(local))["number"], 42)
    }).pipe(ThreadGroup.supervise))

  it.effect("a second thread starts empty and may set its own, and main's stays [test_threading_local.doctest.cross_thread_isolation]", () =>
    Effect.gen(function*() {
      const local = yield* ThreadLocal.make((): number | undefined => undefined)
      yield* ThreadLocal.set(local, 42)
      const seen = yield* onThread(Effect.gen(function*() {
        const before = yield* ThreadLocal.get(local)
        yield* ThreadLocal.set(local, 11)
        return [before, yield* ThreadLocal.get(local)]
      }))
      assert.deepStrictEqual([seen, yield* ThreadLocal.get(local)], [[undefined, 11], 42])
    }).pipe(ThreadGroup.supervise))

  it.effect("two locals share no values within a thread [doc:ThreadLocal.independent_instances]", () =>
    Effect.gen(function*() {
      const one = yield* ThreadLocal.make(() => 0)
      const other = yield* ThreadLocal.make(() => 0)
      yield* ThreadLocal.set(one, 1)
      assert.deepStrictEqual([yield* ThreadLocal.get(one), yield* ThreadLocal.get(other)], [1, 0])
      yield* ThreadLocal.delete(other)
      assert.strictEqual(yield* ThreadLocal.get(one), 1)
    }).pipe(ThreadGroup.supervise))

  it.effect("a child has not its parent's value, nor the parent the child's [doc:ThreadLocal.not_inherited]", () =>
    Effect.gen(function*() {
      const local = yield* ThreadLocal.make(() => "nobody's")
      const parent = Effect.gen(function*() {
        yield* ThreadLocal.set(local, "parent's")
        const child = yield* onThread(Effect.gen(function*() {
          const before = yield* ThreadLocal.get(local)
          yield* ThreadLocal.set(local, "child's")
          return before
        }))
        return [child, yield* ThreadLocal.get(local)]
      })
      assert.deepStrictEqual(yield* parent, ["nobody's", "parent's"])
      assert.deepStrictEqual(yield* onThread(parent), ["nobody's", "parent's"])
    }).pipe(ThreadGroup.supervise))

  it.effect("a task finds what an earlier task of the same worker set [doc:ThreadLocal.pool_workers]", () =>
    Effect.gen(function*() {
      const local = yield* ThreadLocal.make((): ReadonlyArray<number> => [])
      const pool = yield* ThreadPoolExecutor.make({ maxWorkers: 1 })
      const add = (n: number) => Effect.andThen(ThreadLocal.update(local, (own) => [...own, n]), ThreadLocal.get(local))
      yield* Future.result(yield* ThreadPoolExecutor.submit(pool, add(1)))
      const second = yield* ThreadPoolExecutor.submit(pool, add(2))
      assert.deepStrictEqual(yield* Future.result(second), [1, 2])
      assert.deepStrictEqual(yield* ThreadLocal.get(local), [])
    }).pipe(Effect.scoped, ThreadGroup.supervise))
})

describe("ThreadLocal: the initial value", () => {
  it.effect("each of ten threads reads what it set, after an initial that takes its time [test_threading_local.BaseLocalTest.test_derived]", () =>
    Effect.gen(function*() {
      const local = yield* ThreadLocal.resource(Effect.map(Effect.yieldNow, () => ({ x: -1 })))
      const threads = yield* Effect.forEach(
        Array.from({ length: 10 }, (_, i) => i),
        (i) =>
          Thread.fork(Effect.gen(function*() {
            const own = yield* ThreadLocal.get(local)
            const before = own.x
            own.x = i
            yield* Effect.yieldNow
            return [before, (yield* ThreadLocal.get(local)).x]
          }))
      )
      assert.deepStrictEqual(yield* Effect.forEach(threads, Thread.join), threads.map((_, i) => [-1, i]))
    }).pipe(ThreadGroup.supervise))

  it.effect("a local takes an initializer, which has its arguments from where it was written [test_threading_local.BaseLocalTest.test_arguments]", () =>
    Effect.gen(function*() {
      const makePoint = (x: number, y: number) => ThreadLocal.make(() => ({ x, y }))
      const point = yield* makePoint(3, 4)
      assert.deepStrictEqual(yield* onThread(ThreadLocal.get(point)), { x: 3, y: 4 })
      // @ts-expect-error arguments without an initializer that takes them do not compile
      const plain: Effect.Effect<unknown> = ThreadLocal.make({ x: 3 })
      const local = (yield* plain) as ThreadLocal.ThreadLocal<unknown>
      assert.isTrue(Exit.hasDies(yield* Effect.exit(ThreadLocal.get(local))))
    }).pipe(ThreadGroup.supervise))

  it.effect("a new thread gets the initial value also after main has deleted its own [test_threading_local.doctest.subclass_init_per_thread]", () =>
    Effect.gen(function*() {
      const makeLocal = (color: string) => ThreadLocal.make((): { color?: string } => ({ color }))
      const local = yield* makeLocal("red")
      yield* ThreadLocal.update(local, () => ({}))
      assert.deepStrictEqual(yield* ThreadLocal.get(local), {})
      assert.deepStrictEqual(yield* onThread(ThreadLocal.get(local)), { color: "red" })
      assert.deepStrictEqual(yield* ThreadLocal.get(local), {})
    }).pipe(ThreadGroup.supervise))

  it.effect("a default is seen in every thread, and set in one it is another only there [test_threading_local.doctest.class_level_default]", () =>
    Effect.gen(function*() {
      const number = yield* ThreadLocal.make(() => 2)
      const squared = Effect.map(ThreadLocal.get(number), (n) => n * n)
      yield* ThreadLocal.set(number, 3)
      assert.deepStrictEqual([yield* onThread(squared), yield* squared], [4, 9])
    }).pipe(ThreadGroup.supervise))

  it.effect("each thread makes its value when it first asks, once, and a fresh one [doc:ThreadLocal.init_lazy]", () =>
    Effect.gen(function*() {
      let made = 0
      const local = yield* ThreadLocal.make(() => {
        made++
        return new Array<string>()
      })
      assert.strictEqual(made, 0)
      yield* onThread(Effect.void)
      assert.strictEqual(made, 0)
      const mine = yield* ThreadLocal.get(local)
      assert.strictEqual(yield* ThreadLocal.get(local), mine)
      assert.strictEqual(made, 1)
      mine.push("mine")
      assert.deepStrictEqual(yield* onThread(ThreadLocal.get(local)), [])
      assert.strictEqual(made, 2)
    }).pipe(ThreadGroup.supervise))

  it.effect("an initial that fails fails who asked, and the next who asks tries again [doc:ThreadLocal.init_error]", () =>
    Effect.gen(function*() {
      let attempts = 0
      const throwing = yield* ThreadLocal.make(() => {
        if (++attempts === 1) throw new Error("not yet")
        return "made"
      })
      assert.isTrue(Exit.hasDies(yield* Effect.exit(ThreadLocal.get(throwing))))
      assert.strictEqual(yield* ThreadLocal.get(throwing), "made")
      let acquired = 0
      const failing = yield* ThreadLocal.resource(
        Effect.suspend(() => ++acquired === 1 ? Effect.fail("not yet") : Effect.succeed("made"))
      )
      assert.strictEqual(yield* Effect.flip(ThreadLocal.get(failing)), "not yet")
      assert.strictEqual(yield* ThreadLocal.get(failing), "made")
    }).pipe(ThreadGroup.supervise))
})

describe("ThreadLocal: the end of a thread", () => {
  it.effect("values go when their thread ends, and a later thread begins anew [doc:ThreadLocal.released_at_thread_end]", () =>
    Effect.gen(function*() {
      const log: Array<string> = []
      const local = yield* ThreadLocal.resource(
        Effect.acquireRelease(
          Effect.map(Thread.current, (thread) => ({ owner: thread.name })),
          ({ owner }) => Effect.sync(() => log.push(`released ${owner}`))
        )
      )
      const ask = Effect.map(ThreadLocal.get(local), ({ owner }) => log.push(`asked ${owner}`))
      yield* Thread.join(yield* Thread.fork(ask, { name: "first" }))
      yield* Thread.join(yield* Thread.fork(ask, { name: "second" }))
      assert.deepStrictEqual(log, ["asked first", "released first", "asked second", "released second"])
    }).pipe(ThreadGroup.supervise))

  it.live("a local keeps no value of a thread that has ended [test_threading_local.BaseLocalTest.test_local_refs]", () =>
    Effect.gen(function*() {
      const local = yield* ThreadLocal.make(() => ({}))
      const threads: Array<Thread.Any> = []
      for (const count of [20, 50, 100]) {
        const references: Array<WeakRef<object>> = []
        for (let i = 0; i < count; i++) {
          const thread = yield* Thread.fork(
            Effect.map(ThreadLocal.get(local), (value) => void references.push(new WeakRef(value)))
          )
          yield* Thread.join(thread)
          threads.push(thread)
        }
        // A WeakRef holds its target until the current job is over.
        yield* Effect.promise(() => new Promise((resolve) => setImmediate(resolve)))
        collectGarbage()
        assert.isAtMost(references.filter((reference) => reference.deref() !== undefined).length, 1)
      }
      assert.strictEqual(threads.length, 170)
    }).pipe(ThreadGroup.supervise))

  it.live(
    "main's value can still be read while the program cleans up at its end [test_threading.ThreadTests.test_locals_at_exit]",
    () =>
      Effect.gen(function*() {
        const ended = yield* run(new URL("./programs/localAtExit.ts", import.meta.url))
        assert.deepStrictEqual(ended, { code: 0, stdout: "end of main\nat exit: 1\n", stderr: "" })
      }),
    processTimeout
  )
})

setFlagsFromString("--expose-gc")
const collectGarbage: () => void = runInNewContext("gc")
