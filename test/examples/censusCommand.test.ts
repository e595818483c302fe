import { assert, describe, it } from "@effect/vitest"
import { Duration } from "effect"
import { spawn } from "node:child_process"
import { once } from "node:events"
import { truncateSync } from "node:fs"
import { join } from "node:path"
import type { Comparison } from "../../examples/census/compare.ts"
import { formatBytes, formatMillis, formatPath } from "../../examples/census/format.ts"
import { formatReport } from "../../examples/census/report.ts"
import type { Report } from "../../examples/census/report.ts"
import { makeFolder, totals } from "./censusTree.ts"

interface Ended {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

const program = ["--conditions=effect-threading-source", "examples/census/main.ts"]

/**
 * Runs the program as `npm start` does; `seen` is told what it has written to standard error so far. It is interrupted once: a
 * second time might find it ending, when nobody hears of that any more.
 */
const start = (args: ReadonlyArray<string>, seen?: (err: string, interrupt: () => void) => void): Promise<Ended> =>
  new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [...program, ...args])
    let out = ""
    let err = ""
    let isInterrupted = false
    const interrupt = () => {
      if (!isInterrupted) child.kill("SIGINT")
      isInterrupted = true
    }
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      out += text
    })
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      err += text
      seen?.(err, interrupt)
    })
    child.on("error", reject)
    child.on("close", (code) => resolve({ code, out, err }))
  })

/** A folder with a file that takes hours to read, though it takes no room on the disk. */
const makeEndlessFolder = () => {
  const made = makeFolder({ "a.ts": "const answer = 42\n", "b.bin": "", "c/d.txt": "never reached\n" })
  truncateSync(join(made.folder, "b.bin"), 2 ** 42)
  return made
}

const interruptAtEndlessFile = (folder: string, threads: string, ...args: ReadonlyArray<string>): Promise<Ended> =>
  start([folder, "--threads", threads, "--log-level", "debug", ...args], (err, interrupt) => {
    if (err.includes("b.bin")) interrupt()
  })

const keys = [
  "files",
  "bytes",
  "packed",
  "lines",
  "words",
  "types",
  "identifiers",
  "duplicates",
  "slowest",
  "threads",
  "unreadable",
  "partial"
]

describe("npm start", { timeout: 120_000 }, () => {
  it("counts the project's copy of Effect by default, and shows no progress in a pipe", async () => {
    const { code, err, out } = await start(["--json", "--top", "2", "--threads", "3"])
    const report = JSON.parse(out) as Report
    const { bytes, files, lines, words } = report
    assert.deepStrictEqual({ files, bytes, lines, words }, totals("node_modules/effect"))
    assert.deepStrictEqual([code, err], [0, ""])
    assert.deepStrictEqual(Object.keys(report), keys)
    assert.deepStrictEqual(
      [report.identifiers.length, report.slowest.length, report.threads.length, report.partial],
      [2, 2, 3, false]
    )
    assert.strictEqual(report.identifiers[0]!.name, "Effect")
  })

  it("prints a report for a person", async () => {
    using tree = makeFolder({ "a.txt": "one two\n" })
    const { code, err, out } = await start([tree.folder, "--threads", "2"])
    assert.deepStrictEqual([code, err], [0, ""])
    assert.match(out, /1 file, 8 B \(\d+ B packed\), 1 line, 2 words/)
  })

  it("compares one thread with several, and says that they count the same", async () => {
    const folder = "node_modules/effect/src/sql"
    const [text, json] = await Promise.all([
      start([folder, "--compare", "--threads", "2"]),
      start([folder, "--compare", "--threads", "2", "--json"])
    ])
    assert.deepStrictEqual([text.code, text.err, json.code, json.err], [0, "", 0, ""])
    assert.match(
      text.out,
      /\n  1 thread +[\d.]+ m?s +1\.00 ×\n  2 threads +[\d.]+ m?s +[\d.]+ ×\n\nsame totals: yes\n$/
    )
    const { bytes, files, lines, runs, sameTotals, words } = JSON.parse(json.out) as Comparison
    assert.deepStrictEqual({ files, bytes, lines, words }, totals(folder))
    assert.deepStrictEqual([runs.map(({ threads }) => threads), sameTotals], [[1, 2], true])
  })

  it("says in one line that a folder is missing, or is no folder, and exits with 1", async () => {
    for (const [folder, problem] of [["no/such folder", "no such folder"], ["package.json", "not a folder"]] as const) {
      const told = { code: 1, out: "", err: `census: ${folder}: ${problem}\n` }
      assert.deepStrictEqual(await Promise.all([start([folder]), start([folder, "--json"])]), [told, told])
    }
  })

  it("says in one line what is wrong with an argument, and exits with 1", async () => {
    const wrong = [
      { args: ["--threads", "0"], problem: "a whole number from 1 to 64, not 0" },
      { args: ["--threads", "2.5"], problem: "Expected an integer" },
      { args: ["--top", "-1"], problem: "a whole number from 1, not -1" },
      { args: ["a", "b"], problem: "Unexpected positional argument: \"b\"" }
    ]
    await Promise.all(wrong.map(async ({ args, problem }) => {
      const { code, err, out } = await start([...args, "--json"])
      assert.deepStrictEqual([code, out], [1, ""])
      assert.include(err, problem)
      assert.match(err, /^census: .*\n$/)
    }))
  })

  it("says that nobody takes its report, and exits with 1", async () => {
    using tree = makeFolder({ "a.txt": "one two\n" })
    const child = spawn(process.execPath, [...program, tree.folder])
    child.stdout.destroy()
    let err = ""
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      err += text
    })
    const [code] = await once(child, "close")
    assert.deepStrictEqual([code, err], [1, "census: standard output: Error: write EPIPE\n"])
  })

  it("prints what was counted so far when it is interrupted, marked partial, and exits with 130", async () => {
    using tree = makeEndlessFolder()
    const { code, out } = await interruptAtEndlessFile(tree.folder, "1")
    assert.strictEqual(code, 130)
    assert.include(out.split("\n")[0], "PARTIAL")
    assert.match(out, /\n1 file, 18 B \(\d+ B packed\), 1 line, 4 words;/)
  })

  it("prints what was counted so far as JSON, too, with nothing else on standard output", async () => {
    using tree = makeEndlessFolder()
    const { code, err, out } = await interruptAtEndlessFile(tree.folder, "1", "--json")
    assert.strictEqual(code, 130)
    const report = JSON.parse(out) as Report
    assert.deepStrictEqual(Object.keys(report), keys)
    assert.deepStrictEqual([report.files, report.bytes, report.partial], [1, 18, true])
    // Log lines tell which thread wrote them.
    assert.match(err, /counting .*b\.bin.*worker_0/)
  })

  it("ends in the same way when OS threads are busy, and when it compares", async () => {
    using tree = makeEndlessFolder()
    const [counting, comparing] = await Promise.all([
      interruptAtEndlessFile(tree.folder, "2", "--json"),
      interruptAtEndlessFile(tree.folder, "2", "--compare")
    ])
    const { partial } = JSON.parse(counting.out) as Report
    assert.deepStrictEqual([counting.code, partial], [130, true])
    assert.match(counting.err, /counting .*b\.bin.*worker_[01]/)
    assert.deepStrictEqual([comparing.code, comparing.out], [130, ""])
    assert.include(comparing.err, `\ncensus: ${tree.folder}: stopped before there was anything to compare\n`)
  })
})

describe("the report for a person", () => {
  const report: Report = {
    files: 1_234,
    bytes: 5_678_901,
    packed: 1_234_567,
    lines: 45_678,
    words: 234_567,
    types: [
      { type: "ts", files: 1_200, bytes: 5_600_000, packed: 1_200_000, lines: 45_000, words: 230_000 },
      { type: "md", files: 33, bytes: 78_901, packed: 34_567, lines: 678, words: 4_567 },
      { type: "(none)", files: 1, bytes: 0, packed: 0, lines: 0, words: 0 }
    ],
    identifiers: [{ name: "Effect", count: 12_345 }, { name: "self", count: 99 }],
    duplicates: [
      { sha256: "a", size: 1_000, wasted: 2_000, paths: ["src/a", "src/b", "src/c"] },
      { sha256: "b", size: 10, wasted: 10, paths: ["src/d\n", "src/e"] },
      { sha256: "c", size: 0, wasted: 0, paths: ["src/f", "src/g"] }
    ],
    slowest: [{ path: "src/slow.ts", milliseconds: 1_234.5 }, { path: "src/a", milliseconds: 0.25 }],
    threads: [
      { thread: "worker_0", files: 1_000, bytes: 5_000_000, percent: 88 },
      { thread: "worker_1", files: 234, bytes: 678_901, percent: 12 }
    ],
    unreadable: [{ path: "src/secret", kind: "file", reason: "permission denied" }],
    partial: true
  }

  it("aligns its columns, separates thousands and says what it leaves out", () => {
    const text = formatReport(report, { folder: "src", top: 2, duration: Duration.seconds(2) })
    assert.strictEqual(
      text,
      `src  (PARTIAL: stopped before everything was counted)
1,234 files, 5.7 MB (1.2 MB packed), 45,678 lines, 234,567 words; 2.00 s with 2 threads

File types
  type  files     size   packed   lines    words
  ts    1,200   5.6 MB   1.2 MB  45,000  230,000
  md       33  78.9 kB  34.6 kB     678    4,567
  … and 1 more

Most frequent identifiers
   times  name
  12,345  Effect
      99  self

Duplicates: 2.0 kB could be saved
  wasted    size  copies  files
  2.0 kB  1.0 kB       3  a
                          … and 2 more
    10 B    10 B       2  d\\n
                          e
  … and 1 more

Slowest files
    time  file
  1.23 s  slow.ts
  0.3 ms  a

Threads
  thread    files      size   share
  worker_0  1,000    5.0 MB  88.0 %
  worker_1    234  678.9 kB  12.0 %

Unreadable: 1
  kind  reason             path
  file  permission denied  secret`
    )
  })

  it("writes sizes and times in units that fit", () => {
    assert.deepStrictEqual(
      [0, 999, 1_000, 999_949, 999_950, 1_000_000, 1.5e9, 2e18].map(formatBytes),
      ["0 B", "999 B", "1.0 kB", "999.9 kB", "1.0 MB", "1.0 MB", "1.5 GB", "2000.0 PB"]
    )
    assert.deepStrictEqual([0.04, 999.94, 1_000].map(formatMillis), ["0.0 ms", "999.9 ms", "1.00 s"])
  })

  it("writes a path on one line whatever is in its name", () => {
    assert.strictEqual(formatPath("a\nb\u001b[31m\tc ü"), "a\\nb\\u001b[31m\\tc ü")
  })
})
