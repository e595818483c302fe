/** The contracts fail what is wrong, and only that. `npm run mutants` prints which case catches which bug. */
import { assert, describe, it, vi } from "@effect/vitest"
import { Effect } from "effect"
import { hunt } from "./mutants/hunt.ts"
import { mutants, withoutBug } from "./mutants/mutants.ts"

vi.setConfig({ testTimeout: 60_000 })

const most = 16

describe("the contracts fail", () => {
  for (const { cases, name } of mutants) {
    it.effect(name, () => Effect.map(hunt(cases, most), (caught) => assert.isDefined(caught, "it survived")))
  }
})

describe("without a bug, the contracts do not fail", () => {
  for (const { cases, name } of withoutBug) {
    it.effect(name, () => Effect.map(hunt(cases, most), (caught) => assert.isUndefined(caught)))
  }
})
