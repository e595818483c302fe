/** `child.ts TABLE PACKAGE CASE PATIENCE SECOND`: asks one package one thing, and prints what is found. */
import { cases, type Finding } from "./cases.ts"
import { lockCases, starting } from "./lockCases.ts"
import { allLocks, type LockPackage } from "./locks.ts"
import { type Package, pools } from "./pools.ts"

const [table, name, index, patience, second] = process.argv.slice(2)

const askPool = async (name: Package): Promise<Finding> => {
  const { ask, size } = cases[Number(index)]!
  const run = await pools[name]({ size, heapMegabytes: 64 })
  return ask({ run, patience: Number(patience), reasons: name === "effect-threading" })
}

const askLocks = async (name: LockPackage): Promise<Finding> =>
  lockCases[Number(index)]!.ask({ locks: await allLocks[name](), start: starting(name), second: Number(second) })

const finding = table === "pools" ? await askPool(name as Package) : await askLocks(name as LockPackage)
console.log(JSON.stringify(finding))
if (table === "locks" || cases[Number(index)]!.ends === undefined) process.exit()
