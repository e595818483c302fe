/** "Coming from Python" has a row for every public name of Python's modules, and names only what exists here. */
import { assert, describe, it } from "@effect/vitest"
import * as effect from "effect"
import * as threading from "effect-threading"
import * as node from "effect-threading/node"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { parseTsv } from "./conformance/catalogue.ts"

const read = (path: string) => readFileSync(join(import.meta.dirname, "..", path), "utf8")
const page = read("docs/from/python.md")
const names = parseTsv(read("test/conformance/pythonNames.tsv"), "module", "name")
const modules = Array.from(new Set(names.map(({ module }) => module)))

/** The cells of all rows of tables under the heading of this module. */
const rowsOf = (module: string): ReadonlyArray<ReadonlyArray<string>> => {
  const section = page.split(/^## /m).find((section) => section.startsWith(`${module}\n`)) ?? ""
  return Array.from(section.matchAll(/^\| (.+) \|$/gm), ([, row]) => row!.split(" | "))
    .filter(([first]) => first!.startsWith("`"))
}

const spans = (markdown: string): ReadonlyArray<string> =>
  Array.from(markdown.matchAll(/`([^`]+)`/g), ([, code]) => code!)

describe("Coming from Python", () => {
  it.each(modules)("every public name of %s has one row, and no row is of another", (module) => {
    const listed = names.filter((name) => name.module === module).map(({ name }) => name)
    const shown = rowsOf(module).flatMap(([first]) => spans(first!)).map((code) => code.replace(/\(.*\)$/, ""))
    assert.deepStrictEqual(shown.toSorted(), listed.toSorted())
  })

  it("a name without ours has the reason why", () => {
    const bare = modules.flatMap(rowsOf).filter(([, ours]) => ours === "–")
    assert.deepStrictEqual(bare, [])
  })

  it("what it calls ours exists", () => {
    const modules: Readonly<Record<string, object>> = { ...effect, ...threading, ...node }
    const named = spans(page.replaceAll(/^```\w.*\n[^]*?^```$/gm, ""))
      .map((code) => /^([A-Z]\w*)\.([a-zA-Z]\w*)$/.exec(code))
      .filter((match) => match !== null)
    const pythons = new Set(names.map(({ name }) => name))
    const missing = named
      .filter(([whole]) => !pythons.has(whole))
      .filter(([, module, name]) => !(name! in (modules[module!] ?? {})))
      .map(([whole]) => whole)
    assert.isAbove(named.length, 100)
    assert.deepStrictEqual(missing, [])
  })
})
