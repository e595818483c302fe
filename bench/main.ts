/**
 * `npm run bench -- SUBJECT … [--quick] [--json FILE]`: measures the rows of these subjects, or of all. A subject is a
 * file beside this one that exports `rows`.
 */
import { readdirSync, writeFileSync } from "node:fs"
import { parseArgs } from "node:util"
import { measure, type Measured, quick, type Reading, type Row, thorough } from "./harness.ts"

const known = readdirSync(import.meta.dirname)
  .filter((file) => file.endsWith(".ts") && file !== "main.ts" && file !== "harness.ts")
  .map((file) => file.slice(0, -".ts".length))
  .sort()

const fail = (message: string): never => {
  console.error(message)
  process.exit(1)
}

const parse = () => {
  try {
    return parseArgs({ allowPositionals: true, options: { quick: { type: "boolean" }, json: { type: "string" } } })
  } catch (error) {
    return fail(`${(error as Error).message} (npm run bench -- SUBJECT … [--quick] [--json FILE])`)
  }
}

const { positionals, values } = parse()
const unknown = positionals.filter((subject) => !known.includes(subject))
if (unknown.length > 0) fail(`No such subject: ${unknown.join(", ")}. There are: ${known.join(", ")}.`)
const subjects = positionals.length > 0 ? positionals : known

const number = (value: number) => value >= 100 ? value.toFixed(0) : value.toPrecision(3)

const print = (row: Measured) => {
  const line = (name: string, { median, p25, p75 }: Reading, rest: string) =>
    console.log(
      `    ${name.padEnd(24)}${number(median).padStart(8)}   ${`${number(p25)}–${number(p75)}`.padEnd(18)}${rest}`
        .trimEnd()
    )
  console.log(`  ${row.name} (${row.unit}: median, middle half, ours ÷ it)`)
  const verdict = row.met ? "met" : "MISSED"
  line("ours", row.ours, row.rival in row.ratios ? "" : `target ≤ ${row.rival}: ${verdict}`)
  for (const [name, reading] of Object.entries(row.peers)) {
    const target = name === row.rival ? `  target ≤ ${row.max} ×: ${verdict}` : ""
    line(name, reading, `${number(row.ratios[name]!)} ×${target}`)
  }
}

const written: Array<object> = []
let missed = 0
for (const subject of subjects) {
  const { rows } = await import(`./${subject}.ts`) as { readonly rows: ReadonlyArray<Row> }
  console.log(subject)
  for (const row of rows) {
    const measured = await measure(row, values.quick ? quick : thorough).catch((error: Error) => fail(error.message))
    print(measured)
    if (!measured.met) missed++
    written.push({
      subject,
      name: measured.name,
      unit: measured.unit,
      ours: measured.ours.median,
      peers: Object.fromEntries(Object.entries(measured.peers).map(([name, reading]) => [name, reading.median])),
      ratio: measured.ratio,
      target: row.target,
      met: measured.met
    })
  }
}
if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(written, undefined, 2)}\n`)
console.log(`${written.length - missed} of ${written.length} targets met`)
// A peer's worker that did not end with its pool holds up nobody.
process.exit()
