/** Workers die in every way, while others are at work: one caller learns it, and nobody else. */
import { assert, describe, layer } from "@effect/vitest"
import { Effect, Exit, Fiber, Schedule } from "effect"
import { WorkerPool } from "effect-threading"
import { NodeWorkerPool } from "effect-threading/node"
import { deaths, happen, mortal, waysToDie } from "./cases/deaths.ts"
import { apartWebWorkers, folder, processes, reasonIn, tasks, threads, webWorkers } from "./support.ts"

const pools = [
  [threads, NodeWorkerPool.layer(mortal)],
  [processes, NodeWorkerPool.layerProcess(mortal)],
  [webWorkers, webWorkers.layer(mortal)],
  [apartWebWorkers, apartWebWorkers.layer(mortal)]
] as const

const answers: ReadonlyArray<readonly ["number" | "text" | "object", (n: number) => unknown]> = [
  ["number", (n) => n],
  ["text", (n) => `n${n}`],
  ["object", (n) => ({ n })]
]

for (const [engine, pool] of pools) {
  layer(pool, { excludeTestServices: true, timeout: "1 minute" })(`what ends a worker of ${engine.name}`, (it) => {
    describe("is learnt by the one caller, and the pool is whole again", () => {
      for (const death of waysToDie(engine)) {
        it.effect(death.title, () =>
          Effect.gen(function*() {
            const before = yield* WorkerPool.stats
            const end = yield* happen(death)
            assert.strictEqual(end.slice(0, death.end.length), death.end)
            const after = yield* WorkerPool.stats
            assert.strictEqual(after.crashes - before.crashes, death.crashes)
          }), 60_000)
      }
    })

    it.effect("takes nothing of what was done before, however quick that was", () =>
      Effect.gen(function*() {
        const ns = Array.from({ length: 400 }, (_, n) => n)
        // Known to be quick, so that many are done between two messages.
        for (let round = 0; round < 3; round++) {
          yield* Effect.forEach(ns, (n) => deaths.exitsAt(n, -1), { concurrency: "unbounded" })
        }
        const exits = yield* Effect.forEach(ns, (n) => Effect.exit(deaths.exitsAt(n, 200)), {
          concurrency: "unbounded"
        })
        exits.forEach((exit, n) => {
          if (n !== 200) assert.deepStrictEqual(exit, Exit.succeed(n * n), `${n}`)
          else assert.strictEqual(reasonIn(exit)._tag, "Exited")
        })
      }), 60_000)

    for (const [kind, answer] of answers) {
      it.effect(`keeps nobody waiting whose ${kind} was ready before`, () =>
        Effect.gen(function*() {
          const ns = Array.from({ length: 100 }, (_, n) => n)
          for (let round = 0; round < 3; round++) {
            yield* Effect.forEach(ns, (n) => deaths.spinsAt(n, -1, kind), { concurrency: "unbounded" })
          }
          const fibers = yield* Effect.forEach(ns, (n) => Effect.forkChild(deaths.spinsAt(n, 50, kind)))
          // All the while the fiftieth spins.
          assert.deepStrictEqual(yield* Fiber.joinAll(fibers.slice(0, 50)), ns.slice(0, 50).map((n) => answer(n)))
          yield* Fiber.interrupt(fibers[50]!)
          assert.deepStrictEqual(yield* Fiber.joinAll(fibers.slice(51)), ns.slice(51).map((n) => answer(n)))
        }).pipe(Effect.provide(engine.layer({ size: 1, gracePeriod: 10 }))), 60_000)
    }

    it.effect(
      "is made up for by another, also for what waits behind a long task by then",
      () =>
        Effect.gen(function*() {
          const { open, path, told } = yield* folder
          yield* tasks.add(1, 2)
          const long = yield* Effect.forkChild(tasks.hold(path, "long"))
          yield* told("long begins")
          yield* Effect.exit(deaths.exits(1))
          // The pool pauses after a crash, so this is sent to the worker that is left.
          const behind = yield* Effect.forkChild(tasks.hold(path, "behind"))
          yield* told("behind begins")
          yield* Effect.forEach(["long", "behind"], open)
          yield* Effect.forEach([long, behind], Fiber.join)
        }).pipe(Effect.provide(engine.layer({ size: 2, respawn: Schedule.spaced(50) }))),
      60_000
    )
  })
}
