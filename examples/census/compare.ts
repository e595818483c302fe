/**
 * One OS thread against many: the same census twice, how long each took, and whether both have counted the same. With `--json`
 * it is one object:
 *
 * - `runs`: `[{ threads, milliseconds }]`, that of one thread first.
 * - `speedUp`: how many times faster the second is.
 * - `sameTotals`: whether both reports are the same, but for what depends on time: all sums, identifiers, digests, duplicates.
 * - `files`, `bytes`, `packed`, `lines`, `words`: as in the report.
 */
import { Duration, Effect, FileSystem, Option, Stream } from "effect"
import { Event } from "effect-threading"
import { isDeepStrictEqual } from "node:util"
import type { Options } from "./census.ts"
import { timedCensus } from "./engine.ts"
import { formatMillis, formatOf, formatTable } from "./format.ts"
import { formatSize, makeReport } from "./report.ts"
import type { Size } from "./report.ts"
import { walk } from "./walk.ts"

export interface Comparison extends Size {
  readonly runs: ReadonlyArray<{ readonly threads: number; readonly milliseconds: number }>
  readonly speedUp: number
  readonly sameTotals: boolean
}

/** Compares one thread with this many, from two; none if it was stopped. */
export const compare = Effect.fnUntraced(function*(options: Options) {
  yield* Effect.raceFirst(readOnce(options.folder), Event.wait(options.stop))
  const [oneTime, one] = yield* timedCensus({ ...options, threads: 1 })
  const threads = Math.max(2, options.threads)
  const [manyTime, many] = yield* timedCensus({ ...options, threads })
  if (one.partial || many.partial) return Option.none()
  const { slowest: _, threads: __, ...totals } = makeReport(one, Infinity)
  const { slowest: ___, threads: ____, ...others } = makeReport(many, Infinity)
  const { bytes, files, lines, packed, words } = totals
  return Option.some<Comparison>({
    runs: [
      { threads: 1, milliseconds: Duration.toMillis(oneTime) },
      { threads, milliseconds: Duration.toMillis(manyTime) }
    ],
    speedUp: Duration.toMillis(oneTime) / Duration.toMillis(manyTime),
    sameTotals: isDeepStrictEqual(totals, others),
    files,
    bytes,
    packed,
    lines,
    words
  })
})

/** Reads all there is, so that the first census does not wait for the disk on behalf of the second. */
const readOnce = Effect.fnUntraced(function*(folder: string) {
  const fs = yield* FileSystem.FileSystem
  yield* walk(folder, {
    file: (path) => Effect.andThen(Effect.logDebug(`reading ${path}`), Effect.ignore(Stream.runDrain(fs.stream(path)))),
    unreadable: () => Effect.void
  })
})

export const formatComparison = (comparison: Comparison, folder: string): string => {
  const { runs, sameTotals, speedUp } = comparison
  const rows = runs.map(({ milliseconds, threads }, index) => [
    formatOf(threads, "thread"),
    formatMillis(milliseconds),
    `${(index === 0 ? 1 : speedUp).toFixed(2)} ×`
  ])
  return `${formatSize(comparison, folder)}\n\n${formatTable(["", " time", " speed-up"], rows)}\n\n`
    + `same totals: ${sameTotals ? "yes" : "no"}`
}
