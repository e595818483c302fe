import { assert, describe, it } from "@effect/vitest"
import { Effect, Option } from "effect"
import {
  Condition,
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

describe("functions around an effect", () => {
  it.effect("do the same piped as called whole", () =>
    Effect.gen(function*() {
      const lock = yield* Lock.make()
      const rlock = yield* RLock.make()
      const condition = yield* Condition.make()
      const semaphore = yield* Semaphore.make(2)
      const local = yield* ThreadLocal.make(() => "own")
      const pool = yield* ThreadPoolExecutor.make({ maxWorkers: 1 })

      const locked = Lock.isLocked(lock)
      assert.deepStrictEqual([yield* Lock.withLock(lock, locked), yield* locked.pipe(Lock.withLock(lock))], [
        true,
        true
      ])
      const count = RLock.recursionCount(rlock)
      assert.deepStrictEqual([yield* RLock.withLock(rlock, count), yield* count.pipe(RLock.withLock(rlock))], [1, 1])
      const notify = Condition.notify(condition)
      yield* Condition.withLock(condition, notify)
      yield* notify.pipe(Condition.withLock(condition))
      const free = Semaphore.value(semaphore)
      assert.deepStrictEqual(
        [yield* Semaphore.withPermit(semaphore, free), yield* free.pipe(Semaphore.withPermit(semaphore))],
        [1, 1]
      )
      assert.deepStrictEqual(
        [yield* Semaphore.withPermits(semaphore, 2, free), yield* free.pipe(Semaphore.withPermits(semaphore, 2))],
        [0, 0]
      )
      const value = ThreadLocal.get(local)
      assert.deepStrictEqual(
        [yield* ThreadLocal.locally(local, "other", value), yield* value.pipe(ThreadLocal.locally(local, "other"))],
        ["other", "other"]
      )
      const whole = yield* ThreadPoolExecutor.submit(pool, Effect.succeed("whole"))
      const piped = yield* Effect.succeed("piped").pipe(ThreadPoolExecutor.submit(pool))
      assert.deepStrictEqual([yield* Future.result(whole), yield* Future.result(piped)], ["whole", "piped"])
    }).pipe(Effect.scoped, ThreadGroup.supervise))

  it.effect("answer none, piped or not, when nothing is free", () =>
    Effect.gen(function*() {
      const lock = yield* Lock.make()
      const rlock = yield* RLock.make()
      const condition = yield* Condition.make(lock)
      const semaphore = yield* Semaphore.make(0)
      const job = Effect.succeed("done")
      const some = Option.some("done")
      const none = Option.none<string>()

      const attempts = Effect.all([
        Lock.withLockIfAvailable(lock, job),
        job.pipe(Lock.withLockIfAvailable(lock)),
        Condition.withLockIfAvailable(condition, job),
        job.pipe(Condition.withLockIfAvailable(condition)),
        // A thread of its own has no hold to re-enter.
        Effect.flatMap(Thread.fork(RLock.withLockIfAvailable(rlock, job)), Thread.join),
        Effect.flatMap(Thread.fork(job.pipe(RLock.withLockIfAvailable(rlock))), Thread.join),
        Semaphore.withPermitIfAvailable(semaphore, job),
        job.pipe(Semaphore.withPermitIfAvailable(semaphore)),
        Semaphore.withPermitsIfAvailable(semaphore, 2, job),
        job.pipe(Semaphore.withPermitsIfAvailable(semaphore, 2))
      ])
      const held = yield* attempts.pipe(Lock.withLock(lock), RLock.withLock(rlock))
      assert.deepStrictEqual(held, held.map(() => none))
      yield* Semaphore.release(semaphore, 2)
      const freed = yield* attempts
      assert.deepStrictEqual(freed, freed.map(() => some))
    }).pipe(ThreadGroup.supervise))

  it.live("start threads and timers the same way", () =>
    Effect.gen(function*() {
      const named = { name: "worker" }
      const { name } = yield* Thread.current
      assert.strictEqual(name, "MainThread")
      const threads = [
        yield* Thread.fork(Thread.current, named),
        yield* Thread.current.pipe(Thread.fork(named)),
        yield* Thread.start(yield* Thread.make(Thread.current, named)),
        yield* Thread.start(yield* Thread.current.pipe(Thread.make(named)))
      ]
      const names = (yield* Effect.forEach(threads, Thread.join)).map((thread) => thread.name)
      assert.deepStrictEqual(names, ["worker", "worker", "worker", "worker"])
      const timers = [
        yield* Timer.start(Thread.current, "1 millis", named),
        yield* Thread.current.pipe(Timer.start("1 millis", named))
      ]
      const fired = yield* Effect.forEach(timers, Thread.join)
      assert.deepStrictEqual(fired.map(Option.map((thread) => thread.name)), [
        Option.some("worker"),
        Option.some("worker")
      ])
    }).pipe(ThreadGroup.supervise))
})
