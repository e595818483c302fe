/** The programs of `examples/testing` find what they say, and print what their last comment says, as those of `examples` do. */
import { assert, describe, it } from "@effect/vitest"
import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { expectedOutput, run, timeout } from "../support/examples.ts"

const folder = join(import.meta.dirname, "..", "..", "examples", "testing")
const programs = readdirSync(folder).filter((name) => name.endsWith(".ts"))
const readme = readFileSync(join(folder, "README.md"), "utf8")

describe("the programs that show bugs", () => {
  it("are those that a backend engineer knows, and the README lists them", () => {
    const known = ["aba.ts", "checkThenAct.ts", "lockOrder.ts", "lostUpdate.ts", "missedSignal.ts"]
    assert.deepStrictEqual(programs.toSorted(), known)
    for (const program of programs) assert.include(readme, `](${program})`)
  })

  it.each(programs)("%s finds the bug, and nothing in the fix", { timeout }, async (program) => {
    const file = join(folder, program)
    const output = expectedOutput(readFileSync(file, "utf8"))
    assert.isDefined(output, "it ends with a comment that begins with // Output:")
    assert.deepStrictEqual(await run(file), { output, errors: "", exitCode: 0 })
  })

  it.each(programs)("%s marks the region that the documentation shows", (program) => {
    const source = readFileSync(join(folder, program), "utf8")
    const name = program.replace(/\.ts$/, "")
    assert.match(source, new RegExp(String.raw`^// #region ${name}\n[^]+^// #endregion ${name}\n`, "m"))
  })
})

describe("the README", () => {
  it("shows a test file that is run, beside this one", () => {
    const shown = /```ts\n([^]*?)```/.exec(readme)?.[1]
    assert.strictEqual(shown, readFileSync(join(import.meta.dirname, "counter.test.ts"), "utf8"))
  })

  it("shows the table that lostUpdate.ts prints", () => {
    const shown = /```\n(step[^]*?)\n```/.exec(readme)?.[1]
    assert.isDefined(shown)
    assert.include(expectedOutput(readFileSync(join(folder, "lostUpdate.ts"), "utf8")), shown)
  })
})
