/** The programs of `examples/` print what their last comment says. */
import { assert, describe, it } from "@effect/vitest"
import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { expectedOutput, run, timeout } from "../support/examples.ts"

const folder = join(import.meta.dirname, "..", "..", "examples")
const programs = readdirSync(folder).filter((name) => name.endsWith(".ts"))

describe("the tutorial's programs", () => {
  it("are those that everyone knows from Python", () => {
    const known = ["threads", "lock", "semaphore", "event", "condition", "pool", "daemon", "threadLocal"]
    assert.deepStrictEqual(known.filter((name) => !programs.includes(`${name}.ts`)), [])
  })

  it("are those that every textbook has, for OS threads that share memory", () => {
    const known = ["sharedCounter", "boundedBuffer", "histogram", "philosophers", "abandonedLock"]
    assert.deepStrictEqual(known.filter((name) => !programs.includes(`${name}.ts`)), [])
  })

  it.each(programs)("%s prints what its last comment says", { timeout }, async (program) => {
    const file = join(folder, program)
    const source = readFileSync(file, "utf8")
    const output = expectedOutput(source)
    assert.isDefined(output, "it ends with a comment that begins with // Output:")
    assert.deepStrictEqual(await run(file), { output, errors: "", exitCode: 0 })
  })

  it.each(programs)("%s marks the region that the documentation shows", (program) => {
    const source = readFileSync(join(folder, program), "utf8")
    const name = program.replace(/\.ts$/, "")
    assert.match(source, new RegExp(String.raw`^// #region ${name}\n[^]+^// #endregion ${name}\n`, "m"))
  })
})
