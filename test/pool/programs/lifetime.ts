/** A program with a pool, that ends in the way that its arguments tell: the kind of pool, the way, and a folder. */
import { NodeRuntime } from "@effect/platform-node"
import { Console, Effect, ManagedRuntime } from "effect"
import type { Layer } from "effect"
import type { WorkerPool } from "effect-threading"
import { NodeWorkerPool } from "effect-threading/node"
import { deaths, endOf, mortal, waysToDie } from "../cases/deaths.ts"
import { linesOf, until } from "../fixtures/log.ts"
import { closable, engines, tasks } from "../support.ts"

const [kind, way, path] = process.argv.slice(2) as ["threads" | "processes", string, string]

const engine = engines[kind]

const told = (...lines: ReadonlyArray<string>) =>
  until(
    Effect.sync(() => linesOf(path)),
    (all) =>
      lines.every((line) =>
        all.filter((other) => other === line).length === lines.filter((other) => other === line).length
      )
  )

const undisposed = <E>(
  program: Effect.Effect<unknown, E, WorkerPool.WorkerPool>,
  layer: Layer.Layer<WorkerPool.WorkerPool>
) => ManagedRuntime.make(layer).runPromise(Effect.flatMap(program, (value) => Console.log(value)))

const ways: Record<string, () => unknown> = {
  "never disposes": async () => {
    const both = Effect.forEach([1, 2], (n) => tasks.add(n, n), { concurrency: "unbounded" })
    await undisposed(both, engine.layer({ size: 2 }))
    await undisposed(both, engine.layer({ size: 1, maxTasksPerWorker: 1 }))
    await undisposed(Effect.as(Effect.exit(deaths.exits(1)), "crashed"), engine.layer({ size: 1 }))
  },

  "closes while tasks spin": () =>
    Effect.gen(function*() {
      const { close, context } = yield* closable(engine.layer({ size: 2, gracePeriod: 50 }))
      const call = Effect.provideContext(tasks.spins(path), context)
      yield* Effect.forkDetach(Effect.exit(call))
      yield* Effect.forkDetach(Effect.exit(call))
      yield* told("spins", "spins")
      yield* close
      yield* Console.log("closed")
    }).pipe(Effect.runPromise),

  "is interrupted": () =>
    Effect.gen(function*() {
      yield* Effect.forkChild(Effect.andThen(told("spins", "held begins"), Console.log("ready")))
      yield* Effect.all([tasks.spins(path), tasks.hold(path, "held")], { concurrency: "unbounded" })
    }).pipe(
      Effect.onInterrupt(() => Console.log("interrupted")),
      Effect.provide(engine.layer({ size: 2, gracePeriod: 50 })),
      NodeRuntime.runMain
    ),

  "lets its workers die": () =>
    Effect.gen(function*() {
      const deaths = waysToDie(engine)
      const ends = yield* Effect.forEach(deaths, ({ call }) => endOf(call), { concurrency: "unbounded" })
      yield* Effect.forEach(deaths, ({ end, title }, i) =>
        Console.log(`${title}: ${ends[i]!.startsWith(end) ? "right" : ends[i]}`))
    }).pipe(
      Effect.scoped,
      Effect.provide(kind === "threads" ? NodeWorkerPool.layer(mortal) : NodeWorkerPool.layerProcess(mortal)),
      Effect.runPromise
    )
}

void ways[way]!()
