/** Programs as users write them: they compile, and what they fail with and ask for is what one would say they do. */
import { NodeHttpServer, NodeRuntime } from "@effect/platform-node"
import { Context, Data, Effect, Exit, Layer, type Option, Ref, Semaphore as EffectSemaphore, Stream } from "effect"
import {
  Barrier,
  Condition,
  Event,
  Future,
  Lock,
  RLock,
  Semaphore,
  Thread,
  ThreadGroup,
  ThreadLocal,
  ThreadPoolExecutor,
  Timer
} from "effect-threading"
import { HttpRouter, HttpServerResponse } from "effect/http"
import { createServer } from "node:http"
import { describe, expect, test } from "tstyche"

class CrawlError extends Data.TaggedError("CrawlError")<{ readonly url: string }> {}
class HashError extends Data.TaggedError("HashError")<{ readonly why: string }> {}
class Accounts extends Context.Service<Accounts, { readonly balance: Ref.Ref<number> }>()("typetest/Accounts") {}
class Overdrawn extends Data.TaggedError("Overdrawn")<{ readonly by: number }> {}

declare const heartbeat: (stop: Event.Event) => Effect.Effect<void>
declare const crawl: (lock: Lock.Lock) => Effect.Effect<number, CrawlError>
declare const hash: (bytes: Uint8Array) => Effect.Effect<string, HashError>
declare const shout: (word: string) => Effect.Effect<string, never, Accounts>

describe("the first program", () => {
  type Failure = CrawlError | HashError | Future.CancelledError | ThreadPoolExecutor.ExecutorShutdownError

  const program = Effect.gen(function*() {
    const lock = yield* Lock.make()
    const stop = yield* Event.make()
    yield* Thread.fork(heartbeat(stop), { name: "heartbeat", daemon: true })
    const crawler = yield* Thread.fork(crawl(lock), { name: "crawler" })
    const pool = yield* ThreadPoolExecutor.make({ maxWorkers: 4 })
    const future = yield* ThreadPoolExecutor.submit(pool, hash(new Uint8Array(8)))
    const digest = yield* Future.result(future)
    yield* Thread.join(crawler)
    return digest
  })

  test("fails with what its parts fail with, and is run as a main program", () => {
    expect<Effect.Error<typeof program>>().type.toBe<Failure>()
    expect(program.pipe(Effect.scoped, ThreadGroup.supervise)).type.toBe<Effect.Effect<string, Failure>>()
    expect(program.pipe(Effect.scoped, ThreadGroup.supervise, NodeRuntime.runMain)).type.toBe<void>()
    expect(program.pipe(ThreadGroup.nursery, Effect.scoped)).type.toBe<
      Effect.Effect<string, Failure | ThreadGroup.ThreadFailedError>
    >()
  })

  test("is a step of another one, supervised there", () => {
    const main = Effect.fn("main")(
      function*(times: number) {
        const digests: Array<string> = []
        for (let i = 0; i < times; i++) digests.push(yield* program)
        return digests
      },
      ThreadGroup.supervise,
      Effect.scoped
    )
    expect(main).type.toBe<(times: number) => Effect.Effect<Array<string>, Failure>>()
  })
})

describe("an executor", () => {
  test("runs effects that need services, and whose initializer may fail", () => {
    const program = Effect.gen(function*() {
      const pool = yield* ThreadPoolExecutor.make({ initializer: Effect.fail(new HashError({ why: "no salt" })) })
      const first = yield* ThreadPoolExecutor.submit(pool, shout("a"))
      const second = yield* hash(new Uint8Array()).pipe(
        Effect.map((digest) => digest.length),
        ThreadPoolExecutor.submit(pool)
      )
      yield* Future.onDone(first, (exit) => Exit.isSuccess(exit) ? Effect.log(exit.value) : Effect.fail("whatever"))
      const { done } = yield* Future.wait([first, second], { returnWhen: "firstCompleted" })
      for (const future of done) yield* Future.result(future)
      return yield* Future.asCompleted([first, second]).pipe(Stream.mapEffect(Future.result), Stream.runCollect)
    })
    expect(program.pipe(Effect.scoped, ThreadGroup.supervise)).type.toBe<
      Effect.Effect<
        Array<string | number>,
        | HashError
        | Future.CancelledError
        | ThreadPoolExecutor.BrokenExecutorError
        | ThreadPoolExecutor.ExecutorShutdownError,
        Accounts
      >
    >()
  })

  test("maps over items", () => {
    const program = Effect.gen(function*() {
      const pool = yield* ThreadPoolExecutor.make({ maxWorkers: 8 })
      return yield* ThreadPoolExecutor.map(pool, ["a", "b"], shout, { bufferSize: 8 }).pipe(Stream.runCollect)
    }).pipe(Effect.scoped, ThreadGroup.supervise)
    expect(program).type.toBe<
      Effect.Effect<Array<string>, Future.CancelledError | ThreadPoolExecutor.ExecutorShutdownError, Accounts>
    >()
  })

  test("answers a web request in time, too late, or not at all", () => {
    const route = (pool: ThreadPoolExecutor.ThreadPoolExecutor<never, ThreadPoolExecutor.ExecutorQueueFullError>) =>
      HttpRouter.add(
        "GET",
        "/hash",
        ThreadPoolExecutor.submit(pool, hash(new Uint8Array(1))).pipe(
          Effect.flatMap(Future.result),
          Effect.timeout("2 seconds"),
          Effect.map((digest) => HttpServerResponse.text(digest)),
          Effect.catchTags({
            HashError: ({ why }) => Effect.succeed(HttpServerResponse.text(why, { status: 400 })),
            ExecutorQueueFullError: () => Effect.succeed(HttpServerResponse.empty({ status: 503 })),
            ExecutorShutdownError: () => Effect.succeed(HttpServerResponse.empty({ status: 503 })),
            CancelledError: () => Effect.succeed(HttpServerResponse.empty({ status: 503 })),
            TimeoutError: () => Effect.succeed(HttpServerResponse.empty({ status: 504 }))
          })
        )
      )
    const server = Layer.unwrap(Effect.map(ThreadPoolExecutor.make({ capacity: 100, onFull: "fail" }), route))
    const launched = Layer.launch(
      HttpRouter.serve(server).pipe(Layer.provide(NodeHttpServer.layer(createServer, { port: 3000 })))
    )
    expect<Effect.Services<typeof launched>>().type.toBe<ThreadGroup.ThreadGroup>()
    expect(launched.pipe(ThreadGroup.supervise, NodeRuntime.runMain)).type.toBe<void>()
  })
})

describe("primitives", () => {
  test("a buffer between a producer and a consumer", () => {
    const program = Effect.gen(function*() {
      const items: Array<number> = []
      const changed = yield* Condition.make()
      const put = (item: number) =>
        Condition.withLock(
          changed,
          Effect.gen(function*() {
            yield* Condition.waitFor(changed, () => items.length < 10)
            items.push(item)
            yield* Condition.notify(changed)
          })
        )
      const take = Effect.gen(function*() {
        while (items.length === 0) yield* Condition.wait(changed)
        return items.shift()!
      }).pipe(Condition.withLock(changed))
      const producer = yield* Thread.fork(Effect.forEach([1, 2, 3], put), { name: "producer" })
      const consumer = yield* take.pipe(Effect.replicateEffect(3), Thread.fork({ name: "consumer" }))
      yield* Thread.join(producer)
      return yield* Thread.join(consumer)
    }).pipe(ThreadGroup.supervise)
    expect(program).type.toBe<Effect.Effect<Array<number>>>()
  })

  test("a lock around the steps of a service, which keep their types", () => {
    const transfer = (lock: Lock.Lock) =>
      Effect.fn("transfer")(function*(amount: number) {
        const { balance } = yield* Accounts
        const left = yield* Ref.updateAndGet(balance, (now) => now - amount)
        if (left < 0) return yield* new Overdrawn({ by: -left })
        return left
      }, Lock.withLock(lock))
    const lock = Lock.makeUnsafe()
    expect(transfer(lock)).type.toBe<(amount: number) => Effect.Effect<number, Overdrawn, Accounts>>()
    const nested = transfer(lock)(3).pipe(RLock.withLock(RLock.makeUnsafe()), Effect.timeoutOption("1 second"))
    expect(nested).type.toBe<Effect.Effect<Option.Option<number>, Overdrawn, Accounts>>()
    expect(transfer(lock)(3).pipe(Lock.withLockIfAvailable(lock))).type.toBe<
      Effect.Effect<Option.Option<number>, Overdrawn, Accounts>
    >()
  })

  test("a connection a thread, and a counter", () => {
    const program = Effect.gen(function*() {
      const connection = yield* ThreadLocal.resource(
        Effect.acquireRelease(Effect.map(Accounts, ({ balance }) => ({ balance })), () => Effect.void)
      )
      const counts = yield* ThreadLocal.make(() => new Map<string, number>())
      const pool = yield* ThreadPoolExecutor.make({ threadNamePrefix: "db" })
      const query = Effect.fn(function*(sql: string) {
        const { balance } = yield* ThreadLocal.get(connection)
        const mine = yield* ThreadLocal.get(counts)
        mine.set(sql, (mine.get(sql) ?? 0) + 1)
        return yield* Ref.get(balance)
      })
      return yield* ThreadPoolExecutor.map(pool, ["a", "b"], query).pipe(Stream.runCollect)
    })
    expect(program.pipe(Effect.scoped, ThreadGroup.supervise)).type.toBe<
      Effect.Effect<Array<number>, Future.CancelledError | ThreadPoolExecutor.ExecutorShutdownError, Accounts>
    >()
  })

  test("a bit of everything, with a hook", () => {
    const program = Effect.gen(function*() {
      const cancelled = yield* Timer.start(Effect.succeed(1), "1 second", { daemon: true })
      const fired = yield* Effect.succeed(2).pipe(Timer.start("1 second"))
      yield* Timer.cancel(cancelled)
      const barrier = yield* Barrier.make(2, { action: Effect.log("all here") })
      yield* Barrier.wait(barrier).pipe(Effect.timeout("1 second"), Effect.ignore)
      const event = yield* Event.make()
      yield* Event.wait(event).pipe(Effect.timeoutOption(100))
      const permits = yield* Semaphore.makeBounded(3)
      const others = yield* EffectSemaphore.make(1)
      yield* Semaphore.withPermit(permits, others.withPermits(1)(Effect.void))
      return yield* Thread.join(fired)
    }).pipe(
      ThreadGroup.supervise,
      Effect.provideService(Thread.ExceptHook, ({ cause, thread }) => Effect.logError(thread.name, cause))
    )
    expect(program).type.toBe<Effect.Effect<Option.Option<number>>>()
  })
})

describe("a thread's life", () => {
  test("is told apart by its types before and after its start", () => {
    const program = Effect.gen(function*() {
      const unstarted = yield* Thread.make(Effect.succeed(1), { name: "t" })
      // @ts-expect-error Argument of type 'Unstarted<number, never>' is not assignable
      const _early = () => Thread.join(unstarted)
      const before = yield* Thread.state(unstarted)
      const thread = yield* Thread.start(unstarted)
      // @ts-expect-error Argument of type 'Thread<number, never>' is not assignable
      const _twice = () => Thread.start(thread)
      const after = yield* Thread.state(thread)
      if (after._tag === "Terminated" && Exit.isSuccess(after.exit)) return after.exit.value
      return `${before._tag}, ${yield* Thread.join(thread)}`
    })
    expect(ThreadGroup.supervise(program)).type.toBe<Effect.Effect<string | number>>()
  })

  test("begins the same way in each form", () => {
    type Forked = Effect.Effect<Thread.Thread<number, CrawlError>, never, ThreadGroup.ThreadGroup>
    const lock = Lock.makeUnsafe()
    expect(crawl(lock).pipe(Thread.fork)).type.toBe<Forked>()
    expect(crawl(lock).pipe(Thread.fork({ daemon: true }))).type.toBe<Forked>()
    expect(Thread.fork(crawl(lock), { name: undefined })).type.toBe<Forked>()
    expect(Effect.fn(function*(lock: Lock.Lock) {
      return yield* crawl(lock)
    }, (effect) => Thread.fork(effect))).type.toBe<(lock: Lock.Lock) => Forked>()
  })
})
