import { Effect } from "effect"
import { assert, describe, expect, it } from "effect-threading/testing/vitest"
import { lockedCounter, lostUpdate } from "./programs.ts"

describe("it.explore", () => {
  it.explore("runs a program under many schedules", lockedCounter(2), { schedules: 200 })

  it.explore("takes the options of Explore.check", lockedCounter(2), { strategy: "exhaustive", preemptions: 1 })

  it.explore.fails("fails with the first schedule under which the program is wrong", lostUpdate)

  it.effect("stands beside what @effect/vitest has", () =>
    Effect.sync(() => {
      assert.strictEqual(typeof it.live, "function")
      expect(it.explore.only).toBeTypeOf("function")
      expect(it.explore.skip).toBeTypeOf("function")
    }))
})
