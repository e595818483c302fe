import { Context, Effect, type Scope, type Stream } from "effect"
import { type Future, type ThreadGroup, ThreadPoolExecutor } from "effect-threading"
import { describe, expect, test } from "tstyche"

class Store extends Context.Service<Store, { readonly size: number }>()("typetest/Store") {}

type Shutdown = ThreadPoolExecutor.ExecutorShutdownError
type Broken = ThreadPoolExecutor.BrokenExecutorError
type Full = ThreadPoolExecutor.ExecutorQueueFullError
type Home = Scope.Scope | ThreadGroup.ThreadGroup

declare const pool: ThreadPoolExecutor.ThreadPoolExecutor
declare const breakable: ThreadPoolExecutor.ThreadPoolExecutor<Broken>
declare const refusing: ThreadPoolExecutor.ThreadPoolExecutor<never, Full>
declare const task: Effect.Effect<number, "boom", Store | Scope.Scope>

describe("ThreadPoolExecutor", () => {
  test("lives in a scope of a group", () => {
    expect(ThreadPoolExecutor.make()).type.toBe<Effect.Effect<ThreadPoolExecutor.ThreadPoolExecutor, never, Home>>()
    expect(ThreadPoolExecutor.make({ maxWorkers: 2, threadNamePrefix: "db", capacity: undefined })).type.toBe<
      Effect.Effect<ThreadPoolExecutor.ThreadPoolExecutor, never, Home>
    >()
    expect(Effect.runPromise).type.not.toBeCallableWith(ThreadPoolExecutor.make())
    expect(ThreadPoolExecutor.make).type.not.toBeCallableWith({ max_workers: 2 })
  })

  test("can break only if its initializer can fail, and asks for the initializer's services", () => {
    expect(ThreadPoolExecutor.make({ initializer: Effect.log("hello") })).type.toBe<
      Effect.Effect<ThreadPoolExecutor.ThreadPoolExecutor, never, Home>
    >()
    expect(ThreadPoolExecutor.make({ initializer: Effect.andThen(Store, Effect.fail("no")) })).type.toBe<
      Effect.Effect<ThreadPoolExecutor.ThreadPoolExecutor<Broken>, never, Store | Home>
    >()
    expect(pool).type.toBeAssignableTo<ThreadPoolExecutor.ThreadPoolExecutor<Broken, Full>>()
    expect(breakable).type.not.toBeAssignableTo<ThreadPoolExecutor.ThreadPoolExecutor>()
  })

  test("refuses when full only if it is told to", () => {
    expect(ThreadPoolExecutor.make({ capacity: 2 })).type.toBe<
      Effect.Effect<ThreadPoolExecutor.ThreadPoolExecutor, never, Home>
    >()
    expect(ThreadPoolExecutor.make({ capacity: 2, onFull: "wait" })).type.toBe<
      Effect.Effect<ThreadPoolExecutor.ThreadPoolExecutor, never, Home>
    >()
    expect(ThreadPoolExecutor.make({ capacity: 2, onFull: "fail" })).type.toBe<
      Effect.Effect<ThreadPoolExecutor.ThreadPoolExecutor<never, Full>, never, Home>
    >()
    expect(ThreadPoolExecutor.make).type.not.toBeCallableWith({ onFull: "drop" })
  })

  test("submit gives a future of the task, which has a Scope of its own", () => {
    type Submitted = Effect.Effect<Future.Future<number, "boom">, Shutdown, Store>
    expect(ThreadPoolExecutor.submit(pool, task)).type.toBe<Submitted>()
    expect(task.pipe(ThreadPoolExecutor.submit(pool))).type.toBe<Submitted>()
    expect(ThreadPoolExecutor.submit).type.not.toBeCallableWith(pool, () => 1)
    expect(ThreadPoolExecutor.submit).type.not.toBeCallableWith({ maxWorkers: 1 }, task)
  })

  test("submit to an executor that may break says so, and so does the future", () => {
    type Submitted = Effect.Effect<Future.Future<number, "boom" | Broken>, Shutdown | Broken, Store>
    expect(ThreadPoolExecutor.submit(breakable, task)).type.toBe<Submitted>()
    expect(task.pipe(ThreadPoolExecutor.submit(breakable))).type.toBe<Submitted>()
  })

  test("submit to an executor that refuses says so, and the future need not", () => {
    type Submitted = Effect.Effect<Future.Future<number, "boom">, Shutdown | Full, Store>
    expect(ThreadPoolExecutor.submit(refusing, task)).type.toBe<Submitted>()
    expect(task.pipe(ThreadPoolExecutor.submit(refusing))).type.toBe<Submitted>()
  })

  test("map gives a stream of what the function gives", () => {
    const lengths = ThreadPoolExecutor.map(pool, new Set(["a", "bc"]), (word) => {
      expect(word).type.toBe<string>()
      return Effect.as(task, word.length)
    }, { bufferSize: 2 })
    expect(lengths).type.toBe<Stream.Stream<number, "boom" | Shutdown | Future.CancelledError, Store>>()
    expect(ThreadPoolExecutor.map(breakable, [1], Effect.succeed)).type.toBe<
      Stream.Stream<number, Broken | Shutdown | Future.CancelledError>
    >()
    expect(ThreadPoolExecutor.map(refusing, [1], Effect.succeed)).type.toBe<
      Stream.Stream<number, Full | Shutdown | Future.CancelledError>
    >()
    expect(ThreadPoolExecutor.map).type.not.toBeCallableWith(pool, [1], (word: string) => Effect.succeed(word))
  })

  test("map's function gets the item alone", () => {
    expect(ThreadPoolExecutor.map).type.not.toBeCallableWith(
      pool,
      [1],
      (item: number, index: number) => Effect.succeed(item + index)
    )
  })

  test("shutdown never fails", () => {
    expect(ThreadPoolExecutor.shutdown(breakable)).type.toBe<Effect.Effect<void>>()
    expect(ThreadPoolExecutor.shutdown(pool, { wait: false, cancelFutures: true })).type.toBe<Effect.Effect<void>>()
    expect(ThreadPoolExecutor.shutdown).type.not.toBeCallableWith(pool, true)
  })
})
