/** Locks: alone, with many fibers on one lock, and how the cost grows with the number of waiters. */
import { Mutex } from "async-mutex"
import { Effect, Semaphore as EffectSemaphore } from "effect"
import { Condition, Event, Lock, RLock, Semaphore } from "effect-threading"
import { growth, type Row } from "./harness.ts"

type Guard = (body: Effect.Effect<void>) => Effect.Effect<void>

const lock = Lock.makeUnsafe()
const rlock = RLock.makeUnsafe()
const semaphore = Semaphore.makeUnsafe(1)
const effectSemaphore = EffectSemaphore.makeUnsafe(1)

const times = 1_000

const alone = (guard: Guard) => () => {
  let done = 0
  const guarded = guard(Effect.sync(() => {
    done++
  }))
  return Effect.runPromise(Effect.gen(function*() {
    for (let i = 0; i < times; i++) yield* guarded
    return done
  }))
}

const asyncMutexAlone = async () => {
  const mutex = new Mutex()
  let done = 0
  for (let i = 0; i < times; i++) {
    await mutex.runExclusive(() => {
      done++
    })
  }
  return done
}

// A holder that gives way once, so that the others really queue.
const contended = (guard: Guard, fibers: number, rounds: number) => () => {
  let done = 0
  let inside = 0
  const guarded = guard(Effect.suspend(() => {
    if (++inside !== 1) throw new Error("two holders")
    return Effect.map(Effect.yieldNow, () => {
      inside--
      done++
    })
  }))
  const fiber = Effect.gen(function*() {
    for (let i = 0; i < rounds; i++) yield* guarded
  })
  return Effect.runPromise(
    Effect.map(
      Effect.all(Array.from({ length: fibers }, () => fiber), { concurrency: "unbounded", discard: true }),
      () => done
    )
  )
}

const asyncMutexContended = (fibers: number, rounds: number) => async () => {
  const mutex = new Mutex()
  let done = 0
  const one = async () => {
    for (let i = 0; i < rounds; i++) {
      await mutex.runExclusive(async () => {
        await undefined
        done++
      })
    }
  }
  await Promise.all(Array.from({ length: fibers }, one))
  return done
}

const withLock: Guard = (body) => Lock.withLock(lock, body)
const withSemaphore: Guard = (body) => effectSemaphore.withPermits(1)(body)

const waiters = (name: string, wake: (n: number, done: () => void) => Effect.Effect<unknown>): Row =>
  growth({
    name,
    unit: "ns/op",
    run: (n) => {
      let done = 0
      return Effect.runPromise(Effect.map(wake(n, () => done++), () => done))
    },
    target: { from: 100, max: 1.44 }
  })

const all = (n: number, effect: Effect.Effect<void>) =>
  Effect.all(Array.from({ length: n }, () => effect), { concurrency: "unbounded", discard: true })

export const rows: ReadonlyArray<Row> = [
  ...([
    ["uncontended Lock.withLock", withLock],
    ["uncontended Semaphore.withPermit", (body: Effect.Effect<void>) => Semaphore.withPermit(semaphore, body)]
  ] as const).map(([name, guard]): Row => ({
    name,
    unit: "ns/op",
    ours: alone(guard),
    peers: { "Effect Semaphore": alone(withSemaphore), "async-mutex": asyncMutexAlone },
    check: (done) => done === times,
    target: { against: "Effect Semaphore", max: 1.1 }
  })),
  {
    name: "uncontended RLock.withLock, entered twice",
    unit: "ns/op",
    ours: alone((body) => RLock.withLock(rlock, RLock.withLock(rlock, body))),
    peers: { "Effect Semaphore, two": alone((body) => withSemaphore(Effect.andThen(Effect.void, body))) },
    check: (done) => done === times,
    target: { against: "Effect Semaphore, two", max: 6 }
  },
  ...[100, 1_000].map((fibers): Row => ({
    name: `${fibers} fibers on one lock`,
    unit: "ns/op",
    ours: contended(withLock, fibers, 10),
    peers: {
      "Effect Semaphore": contended(withSemaphore, fibers, 10),
      "async-mutex": asyncMutexContended(fibers, 10)
    },
    check: (done) => done === fibers * 10,
    target: { against: "Effect Semaphore", max: fibers === 1_000 ? 0.25 : 1 }
  })),
  waiters("waiters for one lock", (n, done) => all(n, withLock(Effect.map(Effect.yieldNow, () => done())))),
  waiters("waiters for one event", (n, done) => {
    const event = Event.makeUnsafe()
    return Effect.andThen(
      Effect.forkChild(Effect.andThen(Effect.yieldNow, Event.set(event))),
      all(n, Effect.map(Event.wait(event), () => done()))
    )
  }),
  waiters("sleepers on one condition", (n, done) =>
    Effect.flatMap(Condition.make(lock), (condition) => {
      let asleep = 0
      const sleeper = Condition.withLock(
        condition,
        Effect.suspend(() => {
          asleep++
          return Effect.map(Condition.wait(condition), () => done())
        })
      )
      const waker: Effect.Effect<void> = Effect.suspend(() =>
        asleep < n
          ? Effect.andThen(Effect.yieldNow, waker)
          : Condition.withLock(condition, Condition.notifyAll(condition))
      )
      return Effect.all([all(n, sleeper), waker], { concurrency: "unbounded" })
    }))
]
