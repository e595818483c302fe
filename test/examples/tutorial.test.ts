/**
 * Every program in `examples/` ends with a comment that says what it prints:
 *
 *     // Output:
 *     // first line
 *     // second line
 */
import { assert, describe, it } from "@effect/vitest"
import { spawn } from "node:child_process"
import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { text } from "node:stream/consumers"

const folder = join(import.meta.dirname, "..", "..", "examples")
const programs = readdirSync(folder).filter((name) => name.endsWith(".ts"))

const expectedOutput = (source: string): string | undefined => {
  const block = /^\/\/ Output:\n((?:\/\/.*\n)+)$/m.exec(source)?.[1]
  return block?.replaceAll(/^\/\/ ?/gm, "")
}

const run = async (file: string) => {
  const child = spawn(process.execPath, ["--conditions=effect-threading-source", file], {
    stdio: ["ignore", "pipe", "pipe"]
  })
  const exited = new Promise<number | null>((resolve) => child.once("exit", resolve))
  const [output, errors, exitCode] = await Promise.all([text(child.stdout), text(child.stderr), exited])
  return { output, errors, exitCode }
}

describe("the tutorial's programs", () => {
  it("are those that everyone knows from Python", () => {
    const known = ["threads", "lock", "semaphore", "event", "condition", "pool", "daemon", "threadLocal"]
    assert.deepStrictEqual(known.filter((name) => !programs.includes(`${name}.ts`)), [])
  })

  it.each(programs)("%s prints what its last comment says", { timeout: 60_000 }, async (program) => {
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
