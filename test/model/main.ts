/** Prints what the models cover, and what is found once something is made wrong. With `--long` also what takes its time. */
import { explore } from "./explore.ts"
import { describe, ModelFailure } from "./model.ts"
import { cases, longCases } from "./models/all.ts"
import type { Case } from "./models/world.ts"

const only = process.argv.slice(2).find((word) => !word.startsWith("--"))
const isLong = process.argv.includes("--long")
let failures = 0

/** What was found, and the last of what led to it. */
const tail = (message: string): string => {
  const lines = message.split("\n")
  return lines.length < 80 ? message : [lines[0], "  …", ...lines.slice(-70)].join("\n")
}

const check = ({ model, mutants = [], name, states }: Case): void => {
  const begun = performance.now()
  try {
    const report = explore(model(), { mostStates: 20_000_000 })
    const seconds = ((performance.now() - begun) / 1000).toFixed(1)
    console.log(`${name}: ${describe(report)}, ${seconds} s`)
    if (report.states < states) throw new Error(`Less than ${states} states.`)
  } catch (error) {
    failures++
    console.log(`${name}: FAILS: ${tail((error as Error).message)}`)
  }
  for (const mutant of mutants) {
    let found: string | undefined
    try {
      explore((mutant.model ?? model)(), { mutation: mutant.mutation })
    } catch (error) {
      if (!(error instanceof ModelFailure)) throw error
      found = error.message.split("\n", 1)[0]!
    }
    if (found === undefined || !mutant.finds.test(found)) failures++
    console.log(`  ${mutant.name}: ${found ?? "NOT FOUND"}`)
  }
}

for (const each of isLong ? [...cases, ...longCases] : cases) {
  if (only === undefined || each.name.includes(only)) check(each)
}
if (failures > 0) process.exitCode = 1
