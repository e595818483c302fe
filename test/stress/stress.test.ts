/** The short form of the stress run. `npm run stress` is the long one. */
import { assert, layer } from "@effect/vitest"
import { Effect } from "effect"
import { guard } from "./guard.ts"
import { pool, run, show } from "./run.ts"
import { scenarios } from "./scenarios/all.ts"
import { broken } from "./scenarios/broken.ts"

const seed = Number(process.env["STRESS_SEED"] ?? Math.floor(Math.random() * 1_000_000))

const short = { seed, operations: 6000, perPhase: 1500, deathEvery: 3, within: 50_000 }

guard()

layer(pool, { excludeTestServices: true, timeout: "1 minute" })("a stress run on all cores", (it) => {
  for (const { name } of scenarios) {
    it.effect(
      `${name} keeps what it promises, with STRESS_SEED=${seed}`,
      () => Effect.tap(run(name, short), (report) => Effect.sync(() => console.log(show(report)))),
      60_000
    )
  }

  // Whether wake-ups are late is no question for a machine that is busy.
  for (const { name } of broken.filter(({ isMute }) => isMute !== true)) {
    it.effect(`${name} does not`, () =>
      Effect.gen(function*() {
        assert.match(String(yield* Effect.flip(run(name, short))), / inside, |the counter is/)
      }), 60_000)
  }
})
