import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Fiber, Option, Semaphore } from "effect"
import { explore } from "./explore.ts"
import type { Run } from "./explore.ts"
import { interruptEverywhere } from "./interruptEverywhere.ts"

const rejection = (promise: Promise<unknown>): Promise<Error> =>
  promise.then(
    () => assert.fail("it should have failed"),
    (error: Error) => error
  )

const increments = () =>
  Effect.gen(function*() {
    let count = 0
    const increment = Effect.gen(function*() {
      const read = count
      for (let step = 0; step < 5; step++) yield* Effect.sync(() => {})
      count = read + 1
    })
    yield* Effect.all([increment, increment, increment], { concurrency: "unbounded" })
    assert.strictEqual(count, 3)
  })

const oppositeOrder = () =>
  Effect.gen(function*() {
    const [a, b] = [yield* Semaphore.make(1), yield* Semaphore.make(1)]
    yield* Effect.all([
      a.withPermit(Effect.andThen(Effect.yieldNow, b.withPermit(Effect.void))),
      b.withPermit(Effect.andThen(Effect.yieldNow, a.withPermit(Effect.void)))
    ], { concurrency: "unbounded" })
  })

describe("explore", () => {
  it("finds a lost update, and names the seed", async () => {
    const error = await rejection(explore({ seeds: 200, program: increments }))
    assert.match(error.message, /^seed \d+, step \d+: .*EXPLORE_SEED=\d+/s)
  })

  it("finds two locks taken in opposite order", async () => {
    assert.match((await rejection(explore({ seeds: 200, program: oppositeOrder }))).message, /stuck/)
  })

  it("finds a program that never ends", async () => {
    const error = await rejection(explore({ seeds: 1, program: () => Effect.forever(Effect.yieldNow) }))
    assert.match(error.message, /no end after/)
  })

  it("runs the same for the same seed, and differently for another", async () => {
    const traces: Array<string> = []
    const program = ({ exposed, random, seed }: Run) =>
      Effect.gen(function*() {
        const trace: Array<string> = []
        const worker = (name: string) =>
          Effect.gen(function*() {
            for (let step = 0; step < 5; step++) {
              trace.push(name)
              yield* random.chance(0.5) ? Effect.sleep("1 second") : Effect.yieldNow
            }
          })
        const fibers = yield* Effect.all(["a", "b", "c"].map((name) => Effect.forkChild(exposed(worker(name)))))
        yield* Fiber.awaitAll(fibers)
        traces.push(`${seed}: ${trace.join("")}`)
      })
    const first = await explore({ seeds: 50, program, interrupts: 0.05 })
    const second = await explore({ seeds: 50, program, interrupts: 0.05 })
    assert.deepStrictEqual(second, first)
    assert.deepStrictEqual(traces.slice(50), traces.slice(0, 50))
    assert.isAbove(new Set(traces.map((trace) => trace.split(": ")[1])).size, 25)
  })

  it("lets time-outs come at any moment", async () => {
    const seen = new Set<string>()
    await explore({
      seeds: 100,
      program: () =>
        Effect.map(
          Effect.timeoutOption(Effect.andThen(Effect.yieldNow, Effect.yieldNow), "1 hour"),
          (answer) => seen.add(answer._tag)
        )
    })
    assert.deepStrictEqual([...seen].sort(), ["None", "Some"])
  })

  it("does not take what waits for a promise for stuck", () =>
    explore({ seeds: 1, program: () => Effect.promise(() => new Promise((resolve) => setImmediate(resolve))) }))
})

describe("interruptEverywhere", () => {
  it.effect("interrupts at each operation once, and ends with a run that is not interrupted", () =>
    Effect.gen(function*() {
      const ends: Array<string> = []
      const operations = yield* interruptEverywhere(Effect.succeed({
        effect: Effect.andThen(Effect.yieldNow, Effect.void),
        check: (exit) => Effect.sync(() => ends.push(exit._tag))
      }))
      assert.isAbove(operations, 3)
      assert.strictEqual(ends.length, operations + 1)
      assert.strictEqual(ends.pop(), "Success")
      assert.include(ends, "Failure")
    }))

  it.effect("finds an acquire whose release is registered a step late", () =>
    Effect.gen(function*() {
      const make = Effect.gen(function*() {
        const semaphore = yield* Semaphore.make(1)
        return {
          effect: Effect.andThen(semaphore.take(1), Effect.ensuring(Effect.yieldNow, semaphore.release(1))),
          check: () =>
            Effect.map(semaphore.withPermitsIfAvailable(1)(Effect.void), (answer) => {
              assert.isTrue(Option.isSome(answer), "a permit was lost")
            })
        }
      })
      const exit = yield* Effect.exit(interruptEverywhere(make))
      assert.match(String(exit), /Interrupted at operation \d+: .*a permit was lost/s)
    }))

  it.effect("interrupts between a grant and the resumption of its waiter", () =>
    Effect.gen(function*() {
      let granted = 0
      yield* interruptEverywhere(Effect.gen(function*() {
        const deferred = yield* Deferred.make<void>()
        let wasDone = false
        yield* Effect.forkScoped(Effect.andThen(Effect.yieldNow, Deferred.succeed(deferred, undefined)))
        return {
          effect: Effect.andThen(
            Effect.andThen(Deferred.await(deferred), Effect.yieldNow),
            Effect.sync(() => wasDone = true)
          ),
          check: () => Effect.map(Deferred.isDone(deferred), (isDone) => granted += isDone && !wasDone ? 1 : 0)
        }
      }))
      assert.isAbove(granted, 0)
    }))
})
