/** `child.ts PACKAGE CASE`: asks one pool one thing, and prints what is found. */
import { cases } from "./cases.ts"
import { type Package, pools } from "./pools.ts"

const [name, index, patience] = process.argv.slice(2)
const { ask, ends, size } = cases[Number(index)]!
const run = await pools[name as Package]({ size, heapMegabytes: 64 })
const finding = await ask({ run, patience: Number(patience), reasons: name === "effect-threading" })
console.log(JSON.stringify(finding))
if (ends === undefined) process.exit()
