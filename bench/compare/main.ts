/**
 * `npm run compare`: what becomes of tasks, callers and errors when workers crash and tasks are aborted, in our pool and in others.
 * Each question is put to each pool in a process of its own. Ours must be right on every row.
 */
import { spawn } from "node:child_process"
import { readFileSync } from "node:fs"
import { availableParallelism, loadavg } from "node:os"
import { type Case, cases, type Finding } from "./cases.ts"
import { type Package, pools, unlimited } from "./pools.ts"

const packages = Object.keys(pools) as ReadonlyArray<Package>
const ours: Package = "effect-threading"

const versionOf = (name: Package): string => {
  const root = new URL(name === ours ? "../../" : `../../node_modules/${name}/`, import.meta.url)
  const { version } = JSON.parse(readFileSync(new URL("package.json", root), "utf8")) as { readonly version: string }
  return name === "effect" ? `effect RPC ${version}` : `${name} ${version}`
}

/** How long to wait for what may never come: longer for ours, which must not look as if it hung, and on a busy machine. */
const patienceOf = (name: Package): number =>
  Math.round((name === ours ? 20_000 : 5_000) * Math.max(1, loadavg()[0]! / availableParallelism()))

const find = async (name: Package, index: number): Promise<Finding> => {
  if (cases[index]!.limits && unlimited.includes(name)) {
    return { right: false, says: "has no limit for a worker's heap" }
  }
  const patience = patienceOf(name)
  const file = new URL("./child.ts", import.meta.url).pathname
  const child = spawn(process.execPath, [...process.execArgv, file, name, String(index), String(patience)], {
    stdio: ["ignore", "pipe", "pipe"]
  })
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
      resolve(conclude(cases[index]!, out.trim().split("\n").at(-1)!, code))
    })
  })
}

const conclude = ({ ends }: Case, line: string, code: number | null): Finding => {
  if (!line.startsWith("{\"right\"")) {
    return {
      right: false,
      says: code === null ? "the whole program hangs" : `the whole program dies, exit code ${code}`
    }
  }
  if (ends && code !== 0) return { right: false, says: code === null ? "does not end" : `ends with exit code ${code}` }
  return JSON.parse(line) as Finding
}

const queue = cases.flatMap((_, index) => packages.map((name) => ({ index, name })))
const findings = new Map<string, Finding>()
const work = async () => {
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
    findings.set(`${next.index} ${next.name}`, await find(next.name, next.index))
  }
}

// Mostly they wait.
await Promise.all([1, 2, 3, 4].map(work))

const findingOf = (name: Package, index: number): Finding => findings.get(`${index} ${name}`)!
const right = (name: Package): number => cases.filter((_, index) => findingOf(name, index).right).length

console.log(`${new Date().toISOString().slice(0, 10)}, Node ${process.versions.node}`)
for (const [index, { title }] of cases.entries()) {
  console.log(`\n${title}`)
  for (const name of packages) {
    const { right, says } = findingOf(name, index)
    console.log(`  ${right ? "right" : "wrong"}  ${versionOf(name).padEnd(24)}${says}`)
  }
}
console.log(`\nright on so many of ${cases.length}`)
for (const name of packages) console.log(`  ${String(right(name)).padStart(5)}  ${versionOf(name)}`)
if (right(ours) < cases.length) process.exitCode = 1
