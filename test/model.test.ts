/**
 * The algorithms in shared memory, run in every order in which the atomic operations of a few OS threads can follow one another.
 * `node test/model/main.ts` prints what else is found, and with `--long` runs what takes its time.
 */
import { assert, describe, it, vi } from "@effect/vitest"
import { explore } from "./model/explore.ts"
import { describe as described, ModelFailure } from "./model/model.ts"
import { cases } from "./model/models/all.ts"

vi.setConfig({ testTimeout: 120_000 })

describe("in every order of the atomic operations", () => {
  for (const { model, name, states } of cases) {
    it(name, () => {
      const report = explore(model())
      console.log(`${name}: ${described(report)}`)
      assert.isAtLeast(report.states, states)
    })
  }
})

describe("the models fail", () => {
  for (const { model, mutants = [], name } of cases) {
    for (const mutant of mutants) {
      it(`${name}: ${mutant.name}`, () => {
        let found: unknown
        try {
          explore((mutant.model ?? model)(), { mutation: mutant.mutation })
        } catch (error) {
          found = error
        }
        assert.instanceOf(found, ModelFailure, "It survived.")
        assert.match(found.message.split("\n", 1)[0]!, mutant.finds)
      })
    }
  }
})
