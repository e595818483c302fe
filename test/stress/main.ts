/**
 * The long run: at least a million operations on each primitive. `STRESS_SEED`, `STRESS_ONLY` (a primitive's name) and
 * `STRESS_OPERATIONS` choose others; the seed repeats the choices, while the interleaving is the machine's.
 */
import { Cause, Effect } from "effect"
import { guard } from "./guard.ts"
import { pool, run, show, workers } from "./run.ts"
import { scenarios } from "./scenarios/all.ts"
import { broken } from "./scenarios/broken.ts"

const { STRESS_ONLY: only, STRESS_OPERATIONS: operations = "1000000", STRESS_SEED: given } = process.env
const seed = given === undefined ? Math.floor(Math.random() * 1_000_000) : Number(given)

guard()
console.log(`STRESS_SEED=${seed}, ${workers} workers and the main thread`)

const isChosen = ({ name }: { readonly name: string }) => only === undefined || name === only

const program = Effect.gen(function*() {
  for (const { name } of scenarios.filter(isChosen)) {
    console.log(
      show(yield* run(name, { seed, operations: Number(operations), perPhase: 10_000, deathEvery: 3, within: 600_000 }))
    )
  }
  for (const { name } of broken.filter(isChosen)) {
    const found = yield* Effect.flip(
      run(name, { seed, operations: 20_000, perPhase: 500, deathEvery: Infinity, within: 60_000 })
    )
    console.log(`${name}: found. ${String(found).split("\n", 2).join(" ").slice(0, 240)}`)
  }
})

const exit = await Effect.runPromiseExit(Effect.provide(program, pool))
if (exit._tag === "Failure") {
  console.error(Cause.pretty(exit.cause))
  process.exitCode = 1
}
