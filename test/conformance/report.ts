/**
 * `npm run conformance`: runs the tests beside this file and prints, for each area of CPython's `threading` and
 * `concurrent.futures`, how many behaviours there are and what becomes of them. Exits 1 if one is not accounted for.
 */
import { readFileSync } from "node:fs"
import { startVitest, type TestCase } from "vitest/node"
import { makeReport, parseTsv, type TestRun } from "./catalogue.ts"

const read = (name: string) => readFileSync(new URL(name, import.meta.url), "utf8")
const rows = parseTsv(read("cpython.tsv"), "id", "area", "applies", "behaviour")
const differences = parseTsv(read("differences.tsv"), "id", "reason")

const vitest = await startVitest("test", ["test/conformance"], {
  watch: false,
  reporters: ["dot", "./test/summary.ts"]
})
const modules = vitest.state.getTestModules()
const tests = modules.flatMap((module) => [...module.children.allTests()]).map((test) => ({
  title: test.name,
  state: stateOf(test)
}))
const broken = modules.filter((module) => module.state() === "failed" && module.errors().length > 0)
const report = makeReport(rows, tests, differences)
await vitest.close()

const line = (cells: ReadonlyArray<string | number>) =>
  cells.map((cell, i) => i === 0 ? String(cell).padEnd(18) : String(cell).padStart(10)).join("")
const total = (key: "rows" | "covered" | "passing" | "differing") =>
  report.areas.reduce((sum, area) => sum + area[key], 0)
console.log(`\n${line(["area", "rows", "covered", "passing", "differing"])}`)
for (const area of report.areas) {
  console.log(line([area.area, area.rows, area.covered, area.passing, area.differing]))
}
console.log(line(["total", total("rows"), total("covered"), total("passing"), total("differing")]))
console.log(`not in scope yet: ${report.later.join(", ")}`)

const problems = [
  ...broken.map((module) => `${module.relativeModuleId}: does not load`),
  ...report.problems
]
for (const problem of problems) console.error(problem)
if (problems.length > 0) console.error(`\n${problems.length} to settle`)
process.exitCode = problems.length > 0 || process.exitCode ? 1 : 0

function stateOf(test: TestCase): TestRun["state"] {
  const { state } = test.result()
  return state === "passed" || state === "failed" ? state : "skipped"
}
