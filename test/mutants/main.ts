/** Prints which case catches each wrong implementation, that none catches the right ones, and what Effect's own do. */
import { Effect } from "effect"
import { suites } from "../contracts/suites.ts"
import type { Case } from "../support/contract.ts"
import { hunt } from "./hunt.ts"
import { mutants, withoutBug } from "./mutants.ts"
import { peers, show } from "./peers.ts"

const most = 256

const table = (rows: ReadonlyArray<ReadonlyArray<string>>) => {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)))
  for (const row of rows) console.log(row.map((cell, column) => cell.padEnd(widths[column]!)).join("  ").trimEnd())
}

const cut = (text: string, length: number) => text.length > length ? `${text.slice(0, length - 1)}…` : text

/** Whether no case fails. */
const isSound = (name: string, cases: ReadonlyArray<Case>) =>
  Effect.map(hunt(cases, most), (caught) => {
    console.log(
      caught === undefined
        ? `  ${name}: ${cases.length} cases, none fails`
        : `  ${name}: FAILS at "${caught.case}" (${caught.kind}, seed ${caught.seed}): ${caught.summary}`
    )
    return caught === undefined
  })

const program = Effect.gen(function*() {
  const rows = [["bug", "case that caught it", "what was found", "seed", "schedules in all"]]
  let survivors = 0
  for (const { cases, name } of mutants) {
    const caught = yield* hunt(cases, most)
    if (caught === undefined) survivors++
    rows.push(
      caught === undefined
        ? [name, "-", "SURVIVED", "", ""]
        : [name, cut(caught.case, 90), caught.kind, caught.seed, String(caught.schedules)]
    )
  }
  table(rows)
  console.log(`\n${mutants.length - survivors} of ${mutants.length} wrong implementations caught\n`)

  console.log(`The right ones, each case under up to ${most} schedules:`)
  let unsound = 0
  for (const [name, cases] of Object.entries(suites)) if (!(yield* isSound(name, cases))) unsound++
  console.log("\nThose that the bugs were put into, without a bug:")
  for (const { cases, name } of withoutBug) if (!(yield* isSound(name, cases))) unsound++

  console.log("\nEffect's own primitives, which promise less:")
  for (const peer of peers) yield* show(peer, most)
  return survivors + unsound
})

process.exitCode = (await Effect.runPromise(program)) > 0 ? 1 : 0
