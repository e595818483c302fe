/**
 * `benchData.ts FILE …`: gathers what `npm run bench -- SUBJECT --json FILE` has written into `docs/data/bench.json`, which the
 * charts show. To be run by the same Node, on the same machine and on the same day.
 */
import { readFileSync, writeFileSync } from "node:fs"
import { availableParallelism } from "node:os"

/** As `bench/main.ts` writes it. */
export interface Row {
  readonly subject: string
  readonly name: string
  readonly unit: string
  readonly ours: number
  readonly peers: Readonly<Record<string, number>>
  readonly ratio: number
  readonly target: { readonly against?: string | ReadonlyArray<string>; readonly max?: number; readonly most?: number }
  readonly met: boolean
}

const files = process.argv.slice(2)
if (files.length === 0) {
  console.error("Which files? benchData.ts FILE …")
  process.exit(1)
}

/** More digits than a measurement has are noise in a diff. */
const rounded = (figure: number): number => Number(figure.toPrecision(4))

const rows = files
  .flatMap((file) => JSON.parse(readFileSync(file, "utf8")) as ReadonlyArray<Row>)
  .map((row) => ({
    ...row,
    ours: rounded(row.ours),
    peers: Object.fromEntries(Object.entries(row.peers).map(([name, figure]) => [name, rounded(figure)])),
    ratio: rounded(row.ratio)
  }))

const data = {
  date: new Date().toISOString().slice(0, 10),
  node: process.versions.node,
  machine: `${availableParallelism()} cores`,
  rows
}
writeFileSync(new URL("../data/bench.json", import.meta.url), `${JSON.stringify(data, undefined, 2)}\n`)
console.log(`${rows.length} rows of ${files.length} files`)
