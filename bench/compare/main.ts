/**
 * `npm run compare [-- --json FILE]`: what becomes of tasks, callers and errors when workers crash and tasks are aborted, and of
 * locks between OS threads, with us and with others. Each question is put to each package in a process of its own. Ours must be
 * right on every row.
 */
import { spawn } from "node:child_process"
import { readFileSync, writeFileSync } from "node:fs"
import { availableParallelism, loadavg } from "node:os"
import { parseArgs } from "node:util"
import { type Case, cases, type Finding } from "./cases.ts"
import { lockCases } from "./lockCases.ts"
import { allLocks } from "./locks.ts"
import { pools, unlimited } from "./pools.ts"

interface Table {
  readonly name: "pools" | "locks"
  readonly title: string
  readonly packages: ReadonlyArray<string>
  readonly cases: ReadonlyArray<Pick<Case, "title" | "ends" | "limits">>
}

interface Question {
  readonly table: Table
  readonly name: string
  readonly index: number
}

const tables: ReadonlyArray<Table> = [
  { name: "pools", title: "Pools of workers", packages: Object.keys(pools), cases },
  { name: "locks", title: "Locks between OS threads", packages: Object.keys(allLocks), cases: lockCases }
]

const ours = "effect-threading"

const { values } = parseArgs({ options: { json: { type: "string" } } })

const versionOf = (name: string): string => {
  const root = new URL(name === ours ? "../../" : `../../node_modules/${name}/`, import.meta.url)
  return (JSON.parse(readFileSync(new URL("package.json", root), "utf8")) as { readonly version: string }).version
}

const labelOf = (name: string): string => `${name === "effect" ? "effect RPC" : name} ${versionOf(name)}`

/** So many milliseconds, and more on a busy machine. */
const millis = (count: number): number => Math.round(count * Math.max(1, loadavg()[0]! / availableParallelism()))

/** How long to wait for what may never come: longer for ours, which must not look as if it hung. */
const patienceOf = (name: string): number => millis(name === ours ? 20_000 : 4_000)

const find = async ({ index, name, table }: Question): Promise<Finding> => {
  const asked = table.cases[index]!
  if (asked.limits && unlimited.includes(name)) return { right: false, says: "has no limit for a worker's heap" }
  const patience = patienceOf(name)
  const file = new URL("./child.ts", import.meta.url).pathname
  const args = [file, table.name, name, String(index), String(patience), String(millis(1_000))]
  const child = spawn(process.execPath, [...process.execArgv, ...args], { stdio: ["ignore", "pipe", "pipe"] })
  let out = ""
  let alarm = setTimeout(() => child.kill("SIGKILL"), 5 * patience)
  child.stderr.resume()
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    out += text
    if (!text.endsWith("\n")) return
    clearTimeout(alarm)
    alarm = setTimeout(() => child.kill("SIGKILL"), patience)
  })
  return new Promise((resolve) => {
    child.on("close", (code) => {
      clearTimeout(alarm)
      resolve(conclude(asked.ends === true, out.trim().split("\n").at(-1)!, code))
    })
  })
}

const conclude = (ends: boolean, line: string, code: number | null): Finding => {
  if (!line.startsWith("{\"right\"")) {
    return {
      right: false,
      says: code === null ? "the whole program hangs" : `the whole program dies, exit code ${code}`
    }
  }
  if (ends && code !== 0) return { right: false, says: code === null ? "does not end" : `ends with exit code ${code}` }
  return JSON.parse(line) as Finding
}

const queue: Array<Question> = tables.flatMap((table) =>
  table.cases.flatMap((_, index) => table.packages.map((name) => ({ table, name, index })))
)
const keyOf = ({ index, name, table }: Question): string => `${table.name} ${index} ${name}`
const findings = new Map<string, Finding>()
const work = async () => {
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) findings.set(keyOf(next), await find(next))
}

// Mostly they wait.
await Promise.all([1, 2, 3, 4, 5, 6].map(work))

const findingOf = (table: Table, name: string, index: number): Finding => findings.get(keyOf({ table, name, index }))!

const print = (table: Table): void => {
  const { cases, packages, title } = table
  console.log(`\n${title}`)
  for (const [index, { title }] of cases.entries()) {
    console.log(`\n${title}`)
    for (const name of packages) {
      const { right, says } = findingOf(table, name, index)
      console.log(`  ${right ? "right" : "wrong"}  ${labelOf(name).padEnd(24)}${says}`)
    }
  }
  console.log(`\nright on so many of ${cases.length}`)
  for (const name of packages) {
    const right = cases.filter((_, index) => findingOf(table, name, index).right).length
    console.log(`  ${String(right).padStart(5)}  ${labelOf(name)}`)
    if (name === ours && right < cases.length) process.exitCode = 1
  }
}

const date = new Date().toISOString().slice(0, 10)
const node = process.versions.node
console.log(`${date}, Node ${node}`)
for (const table of tables) print(table)

/** As the documentation shows it. */
const told = (table: Table) => ({
  name: table.name,
  title: table.title,
  packages: table.packages.map((name) => ({ name, version: versionOf(name) })),
  cases: table.cases.map(({ title }, index) => ({
    title,
    findings: table.packages.map((name) => ({ package: name, ...findingOf(table, name, index) }))
  }))
})

if (values.json !== undefined) {
  writeFileSync(values.json, `${JSON.stringify({ date, node, tables: tables.map(told) }, undefined, 2)}\n`)
}
