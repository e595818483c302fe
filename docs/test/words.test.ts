/** What the README says first, the front page says as well; and no page has a program that nobody runs. */
import { globSync, readFileSync } from "node:fs"
import { join, relative } from "node:path"
import { assert, describe, it } from "vitest"
import { example } from "../.vitepress/examples.ts"

const docs = join(import.meta.dirname, "..")
const read = (path: string): string => readFileSync(join(docs, path), "utf8")

describe("the README and the front page", () => {
  const readme = read("../README.md")
  const front = read("index.md")

  it("say the same of what it is", () => {
    const said = /^# effect-threading\n\n([^]*?)\n\n## /.exec(readme)![1]!
    assert.include(front, said)
  })

  it("show the same first program, and what it prints", () => {
    const shown = /## A first program\n\n```ts\n([^]*?)\n```/.exec(readme)![1]
    const first = example("first.ts")
    assert.strictEqual(first.shown, shown)
    assert.match(front, /## A first program\n[^#]*```example first\.ts\n/)
    for (const line of first.output!.trim().split("\n")) assert.include(readme, `\`${line}\``)
  })

  it("tell of the same things", () => {
    // Each card of the front page is a section, or a point, of the README.
    for (const word of ["Tasks on all cores", "One lock for every OS thread"]) {
      assert.include(readme, word)
      assert.include(front, word)
    }
  })
})

describe("the pages", () => {
  const pages = globSync(join(docs, "{*.md,{guide,primitives,from,recipes}/*.md}")).map((path) => relative(docs, path))
    .filter((page) => page !== "README.md")

  it.each(pages.filter((page) => page !== "bundlers.md"))(
    "%s has no TypeScript that is no file of examples/",
    (page) => {
      assert.notMatch(read(page), /^ *```(ts|typescript|js|javascript|tsx)\b/m)
    }
  )

  it.each(pages)("%s says in its head what it is, in one sentence", (page) => {
    assert.match(read(page), /^---\n[^]*?^description: .+$[^]*?^---$/m)
  })
})
