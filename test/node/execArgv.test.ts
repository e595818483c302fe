import { assert, describe, it } from "vitest"
import { workersFlags } from "../../src/node/internal/pool/execArgv.ts"

describe("the flags of worker processes", () => {
  it.each([
    [["--eval", "code"], []],
    [["-pe", "code", "--conditions=development"], ["--conditions=development"]],
    [["--input-type", "module", "--eval=code"], []],
    [["--inspect-brk=9229", "--import", "./hooks.js"], ["--import", "./hooks.js"]],
    [["--test", "--test-isolation=none", "--watch"], []],
    [["-C", "development", "--max-old-space-size=64"], ["-C", "development", "--max-old-space-size=64"]]
  ])("of %j are %j", (flags, workers) => assert.deepStrictEqual(workersFlags(flags), workers))
})
