import { Mutex } from "async-mutex"
import { Effect, Semaphore } from "effect"
import { Lock } from "effect-threading"
import { growth, type Row } from "./harness.ts"

const times = 1_000

const lock = Effect.runSync(Lock.make())
const semaphore = Semaphore.makeUnsafe(1)

const repeat = (guard: (count: Effect.Effect<void>) => Effect.Effect<void>) => () => {
  let done = 0
  const guarded = guard(Effect.sync(() => {
    done++
  }))
  return Effect.runPromise(Effect.gen(function*() {
    for (let i = 0; i < times; i++) yield* guarded
    return done
  }))
}

export const rows: ReadonlyArray<Row> = [
  {
    name: "uncontended withLock",
    unit: "ns/op",
    ours: repeat((count) => Lock.withLock(lock, count)),
    peers: {
      "Effect Semaphore": repeat((count) => semaphore.withPermits(1)(count)),
      "async-mutex": async () => {
        const mutex = new Mutex()
        let done = 0
        for (let i = 0; i < times; i++) {
          await mutex.runExclusive(() => {
            done++
          })
        }
        return done
      }
    },
    check: (done) => done === times,
    target: { against: "Effect Semaphore", max: 1.1 }
  },
  growth({
    name: "fibers waiting for one lock",
    unit: "ns/op",
    run: (n) => {
      let done = 0
      const body = Lock.withLock(
        lock,
        Effect.map(Effect.yieldNow, () => {
          done++
        })
      )
      return Effect.runPromise(
        Effect.map(Effect.all(Array.from({ length: n }, () => body), { concurrency: "unbounded" }), () => done)
      )
    },
    target: { from: 100, max: 1.2 }
  })
]
