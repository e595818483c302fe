/**
 * What the conformance report counts: the catalogue of CPython's behaviours, the tests that carry its ids, and the
 * differences that are on purpose. Reading and counting only; `report.ts` runs the tests and prints.
 */

export interface Row {
  readonly id: string
  readonly area: string
  readonly applies: string
  readonly behaviour: string
}

/** A test that ran: its title carries the ids of the rows that it shows, `… [lock_tests.LockTests.test_locked]`. */
export interface TestRun {
  readonly title: string
  readonly state: "passed" | "failed" | "skipped"
}

export interface AreaCount {
  readonly area: string
  rows: number
  covered: number
  passing: number
  differing: number
}

export interface Report {
  readonly areas: ReadonlyArray<AreaCount>
  readonly later: ReadonlyArray<string>
  readonly problems: ReadonlyArray<string>
}

/** The areas that the library covers so far. */
export const areas: ReadonlyArray<string> = [
  "Lock",
  "RLock",
  "Semaphore",
  "BoundedSemaphore",
  "Event",
  "Condition",
  "Barrier",
  "Thread",
  "Timer",
  "ThreadLocal",
  "Daemon",
  "Excepthook",
  "Executor",
  "WorkerPool",
  "Future",
  "wait",
  "as_completed"
]

/** The records of a tab-separated file, by the names in its first line. */
export const parseTsv = <Name extends string>(text: string, ...names: ReadonlyArray<Name>) => {
  const [head = "", ...lines] = text.split(/\r?\n/).filter((line) => line.trim() !== "")
  const columns = head.split("\t")
  const missing = names.filter((name) => !columns.includes(name))
  if (missing.length > 0) throw new Error(`the first line lacks ${missing.join(", ")}: ${head}`)
  return lines.map((line) => {
    const cells = line.split("\t")
    return Object.fromEntries(names.map((name) => [name, (cells[columns.indexOf(name)] ?? "").trim()])) as Record<
      Name,
      string
    >
  })
}

/** The ids in square brackets at the end of a title. */
export const idsOf = (title: string): ReadonlyArray<string> => {
  const ids: Array<string> = []
  let rest = title.trimEnd()
  for (let match = /\s*\[([^\s[\]]+)\]$/.exec(rest); match !== null; match = /\s*\[([^\s[\]]+)\]$/.exec(rest)) {
    ids.unshift(match[1]!)
    rest = rest.slice(0, match.index)
  }
  return ids
}

export const makeReport = (
  rows: ReadonlyArray<Row>,
  tests: ReadonlyArray<TestRun>,
  differences: ReadonlyArray<{ readonly id: string; readonly reason: string }>
): Report => {
  const problems: Array<string> = []
  const known = new Set(rows.map((row) => row.id))
  const reasons = new Map(differences.map((difference) => [difference.id, difference.reason]))
  const runs = new Map<string, Array<TestRun>>()

  for (const test of tests) {
    for (const id of idsOf(test.title)) {
      if (!known.has(id)) problems.push(`${id}: no such row, but a test carries it: "${test.title}"`)
      if (test.state !== "skipped") runs.set(id, [...runs.get(id) ?? [], test])
    }
  }
  for (const { id, reason } of differences) {
    if (!known.has(id)) problems.push(`${id}: no such row, but it is listed in differences.tsv`)
    if (reason === "") problems.push(`${id}: differs without a reason`)
    if (runs.has(id)) problems.push(`${id}: a test covers it and differences.tsv lists it`)
  }
  if (reasons.size < differences.length) problems.push("differences.tsv lists a row twice")

  const counts = new Map(areas.map((area): [string, AreaCount] => [
    area,
    { area, rows: 0, covered: 0, passing: 0, differing: 0 }
  ]))
  for (const { applies, area, behaviour, id } of rows) {
    const count = counts.get(area)
    if (count === undefined || (applies !== "yes" && applies !== "adapted")) continue
    const own = runs.get(id) ?? []
    const failed = own.filter((test) => test.state === "failed")
    count.rows++
    if (own.length > 0) count.covered++
    if (own.length > 0 && failed.length === 0) count.passing++
    if (reasons.has(id)) count.differing++
    if (failed.length > 0) problems.push(`${id}: failed in ${failed.map((test) => `"${test.title}"`).join(", ")}`)
    else if (own.length === 0 && !reasons.has(id)) problems.push(`${id}: neither shown nor differing: ${behaviour}`)
  }

  return {
    areas: [...counts.values()],
    later: [...new Set(rows.map((row) => row.area))].filter((area) => !counts.has(area)),
    problems
  }
}
