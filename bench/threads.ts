/** Threads: starting and joining, beside Effect's own fibers, and how the cost grows with their number. */
import { Effect, Fiber } from "effect"
import { Thread, ThreadGroup, ThreadLocal } from "effect-threading"
import { growth, type Row } from "./harness.ts"

const times = 1_000

const inRegion = <A>(effect: Effect.Effect<A, never, ThreadGroup.ThreadGroup>) =>
  Effect.runPromise(ThreadGroup.supervise(effect))

const counting = () => {
  const counter = { done: 0 }
  return {
    counter,
    body: Effect.sync(() => {
      counter.done++
    })
  }
}

const oneByOne = () => {
  const { body, counter } = counting()
  return inRegion(Effect.gen(function*() {
    for (let i = 0; i < times; i++) yield* Thread.join(yield* Thread.fork(body))
    return counter.done
  }))
}

const oneByOneFibers = () => {
  const { body, counter } = counting()
  return Effect.runPromise(Effect.gen(function*() {
    for (let i = 0; i < times; i++) yield* Fiber.join(yield* Effect.forkChild(body))
    return counter.done
  }))
}

const allAtOnce = (n: number) => {
  const { body, counter } = counting()
  return inRegion(Effect.gen(function*() {
    const threads: Array<Thread.Thread<void>> = []
    for (let i = 0; i < n; i++) threads.push(yield* Thread.fork(body))
    for (const thread of threads) yield* Thread.join(thread)
    return counter.done
  }))
}

const allAtOnceFibers = (n: number) => {
  const { body, counter } = counting()
  return Effect.runPromise(Effect.gen(function*() {
    const fibers: Array<Fiber.Fiber<void>> = []
    for (let i = 0; i < n; i++) fibers.push(yield* Effect.forkChild(body))
    for (const fiber of fibers) yield* Fiber.join(fiber)
    return counter.done
  }))
}

export const rows: ReadonlyArray<Row> = [
  {
    name: "fork and join, one at a time",
    unit: "ns/op",
    ours: oneByOne,
    peers: { "Effect.forkChild": oneByOneFibers },
    check: (done) => done === times,
    target: { against: "Effect.forkChild", max: 1.5 }
  },
  {
    name: "fork 1,000, then join them",
    unit: "ns/op",
    ours: () => allAtOnce(times),
    peers: { "Effect.forkChild": () => allAtOnceFibers(times) },
    check: (done) => done === times,
    target: { against: "Effect.forkChild", max: 1.5 }
  },
  growth({
    name: "threads alive at once",
    unit: "ns/op",
    run: allAtOnce,
    target: { from: 100, max: 1.44 }
  }),
  growth({
    name: "yields of many threads",
    unit: "ns/op",
    run: (n) => {
      let done = 0
      const body = Effect.map(Effect.yieldNow, () => {
        done++
      })
      return inRegion(Effect.gen(function*() {
        const threads: Array<Thread.Thread<void>> = []
        for (let i = 0; i < n; i++) threads.push(yield* Thread.fork(body))
        for (const thread of threads) yield* Thread.join(thread)
        return done
      }))
    },
    target: { from: 100, max: 1.44 }
  }),
  growth({
    name: "threads that use a thread-local",
    unit: "ns/op",
    run: (n) => {
      let done = 0
      return inRegion(Effect.gen(function*() {
        const local = yield* ThreadLocal.make(() => 0)
        const body = Effect.andThen(
          ThreadLocal.update(local, (value) => value + 1),
          Effect.map(ThreadLocal.get(local), (value) => {
            done += value
          })
        )
        const threads: Array<Thread.Thread<void>> = []
        for (let i = 0; i < n; i++) threads.push(yield* Thread.fork(body))
        for (const thread of threads) yield* Thread.join(thread)
        return done
      }))
    },
    target: { from: 100, max: 1.44 }
  })
]
