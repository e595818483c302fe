/** What detecting deadlocks costs: nothing while a lock is free, little while fibers wait for it. */
import { Effect } from "effect"
import { Deadlock, Lock, RLock, ThreadGroup } from "effect-threading"
import type { Row, Work } from "./harness.ts"

const times = 1_000

const alone = (policy: "report" | "off", guard: (body: Effect.Effect<void>) => Effect.Effect<void>): Work => () => {
  let done = 0
  const guarded = guard(Effect.sync(() => {
    done++
  }))
  const program = Effect.gen(function*() {
    for (let i = 0; i < times; i++) yield* guarded
    return done
  })
  return Effect.runPromise(program.pipe(ThreadGroup.supervise, Effect.provideService(Deadlock.Policy, policy)))
}

const contended = (policy: "report" | "off", fibers: number, rounds: number): Work => () => {
  const lock = Lock.makeUnsafe()
  let done = 0
  const guarded = Lock.withLock(lock, Effect.map(Effect.yieldNow, () => void done++))
  const fiber = Effect.repeat(guarded, { times: rounds - 1 })
  const program = Effect.all(Array.from({ length: fibers }, () => fiber), { concurrency: "unbounded", discard: true })
  return Effect.runPromise(
    Effect.map(program, () => done).pipe(ThreadGroup.supervise, Effect.provideService(Deadlock.Policy, policy))
  )
}

const lock = Lock.makeUnsafe()
const rlock = RLock.makeUnsafe()

const free = (name: string, guard: (body: Effect.Effect<void>) => Effect.Effect<void>): Row => ({
  name: `an uncontended ${name} in a thread`,
  unit: "ns/op",
  ours: alone("report", guard),
  peers: { "detector off": alone("off", guard) },
  check: (done) => done === times,
  target: { against: "detector off", max: 1.03 }
})

export const rows: ReadonlyArray<Row> = [
  free("Lock.withLock", Lock.withLock(lock)),
  free("RLock.withLock", RLock.withLock(rlock)),
  {
    name: "100 fibers on one lock",
    unit: "µs/op",
    ours: contended("report", 100, 10),
    peers: { "detector off": contended("off", 100, 10) },
    check: (done) => done === 1_000,
    target: { against: "detector off", max: 1.15 }
  }
]
