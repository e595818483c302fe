import type { Memory } from "./million.ts"
import { ours, oursPromised } from "./ours.ts"
import { piscinaTuned, poolifier } from "./peers.ts"
import { raw } from "./raw.ts"
import type { Pair } from "./tasks.ts"

const times = 1_000_000
const contender = [ours, oursPromised, piscinaTuned, poolifier, raw].find(({ name }) => name === process.argv[2])!

const pairs = Array.from({ length: times }, (_, i): Pair => ({ a: i, b: 1 }))
const heap = () => {
  globalThis.gc!()
  return process.memoryUsage().heapUsed
}

const pool = contender.open(1)
await pool.run("add", pairs[0]!)
const before = heap()
const results = pool.runAll("add", pairs)
// All are queued now, and none has been answered.
const after = heap()
const sum = (await results).reduce((a, b) => a + b, 0)
if (sum !== times * (times + 1) / 2) throw new Error(`A wrong sum: ${sum}`)
const memory: Memory = {
  heap: (after - before) / 1e6 / (times / 100_000),
  rss: process.resourceUsage().maxRSS / 1_000
}
console.log(JSON.stringify(memory))
// Not by closing the pool: poolifier's closes now and then never.
process.exit()
