import { assert, describe, it } from "@effect/vitest"
import { Context, Effect, Queue } from "effect"
import { Barrier, Future, RLock, Thread, ThreadGroup, ThreadLocal, ThreadPoolExecutor } from "effect-threading"

class Greeting extends Context.Service<Greeting, string>()("test/Greeting") {}

const greet = Effect.gen(function*() {
  return `${yield* Greeting}, ${(yield* Thread.current).name}`
})

describe("an effect handed over in one thread and run in another", () => {
  it.effect("has the services of the one and is the other: a thread-local's resource", () =>
    Effect.gen(function*() {
      const local = yield* ThreadLocal.resource(greet).pipe(Effect.provideService(Greeting, "hello"))
      const thread = yield* Thread.fork(ThreadLocal.get(local), { name: "worker" })
      assert.strictEqual(yield* Thread.join(thread), "hello, worker")
    }).pipe(ThreadGroup.supervise))

  it.effect("has the services of the one and is the other: a barrier's action", () =>
    Effect.gen(function*() {
      const heard = yield* Queue.unbounded<string>()
      const action = Effect.flatMap(greet, (greeting) => Queue.offer(heard, greeting))
      const barrier = yield* Barrier.make(1, { action }).pipe(Effect.provideService(Greeting, "hello"))
      yield* Thread.join(yield* Thread.fork(Barrier.wait(barrier), { name: "worker" }))
      assert.strictEqual(yield* Queue.take(heard), "hello, worker")
    }).pipe(ThreadGroup.supervise))

  it.effect("has the services of the one and is the other: a future's callback", () =>
    Effect.gen(function*() {
      const heard = yield* Queue.unbounded<string>()
      const pool = yield* ThreadPoolExecutor.make({ maxWorkers: 1, threadNamePrefix: "pool" })
      const future = yield* ThreadPoolExecutor.submit(pool, Effect.yieldNow)
      yield* Future.onDone(future, () => Effect.flatMap(greet, (greeting) => Queue.offer(heard, greeting))).pipe(
        Effect.provideService(Greeting, "hello")
      )
      assert.strictEqual(yield* Queue.take(heard), "hello, pool_0")
    }).pipe(Effect.scoped, ThreadGroup.supervise))

  it.effect("does not bring a lock along that the first thread holds", () =>
    Effect.gen(function*() {
      const lock = yield* RLock.make()
      const owned = yield* Effect.gen(function*() {
        const local = yield* ThreadLocal.resource(RLock.isOwned(lock))
        const thread = yield* Thread.fork(ThreadLocal.get(local))
        return [yield* RLock.isOwned(lock), yield* Thread.join(thread)]
      }).pipe(RLock.withLock(lock))
      assert.deepStrictEqual(owned, [true, false])
    }).pipe(ThreadGroup.supervise))
})
