/**
 * What the program says in the end, for a person or as JSON. The JSON report, on standard output with `--json`, is one object:
 *
 * - `files`, `bytes`, `packed`, `lines`, `words`: numbers; `files` counts the unreadable ones too, as `find` does; `packed` is what of
 *   `bytes` was left if each file were compressed.
 * - `types`: `[{ type, files, bytes, packed, lines, words }]`, all of them, most bytes first.
 * - `identifiers`: `[{ name, count }]`, the most frequent ones, as many as `--top` says.
 * - `duplicates`: `[{ sha256, size, wasted, paths }]`, all groups of files with the same content, most wasted bytes first;
 *   `wasted` is the size of all copies but one.
 * - `slowest`: `[{ path, milliseconds }]`, the files that took longest to read, as many as `--top` says.
 * - `threads`: `[{ thread, files, bytes, percent }]`, one for each worker; `percent` is its share of the bytes.
 * - `unreadable`: `[{ path, kind, reason }]`, `kind` being `"file"` or `"folder"`.
 * - `partial`: whether the census was stopped before it was done.
 *
 * Paths begin with the folder as it was given, as those of `find FOLDER` do.
 */
import { Duration } from "effect"
import type { Census, Share } from "./census.ts"
import { typeOf } from "./count.ts"
import { formatBytes, formatCount, formatMillis, formatOf, formatPath, formatTable } from "./format.ts"
import type { Unreadable } from "./unreadable.ts"

export interface Size {
  readonly files: number
  readonly bytes: number
  readonly packed: number
  readonly lines: number
  readonly words: number
}

export interface Report extends Size {
  readonly types: ReadonlyArray<{ readonly type: string } & Size>
  readonly identifiers: ReadonlyArray<{ readonly name: string; readonly count: number }>
  readonly duplicates: ReadonlyArray<Duplicate>
  readonly slowest: ReadonlyArray<{ readonly path: string; readonly milliseconds: number }>
  readonly threads: ReadonlyArray<Share & { readonly percent: number }>
  readonly unreadable: ReadonlyArray<Unreadable>
  readonly partial: boolean
}

interface Duplicate {
  readonly sha256: string
  readonly size: number
  readonly wasted: number
  readonly paths: ReadonlyArray<string>
}

export const makeReport = ({ partial, shares, totals }: Census, top: number): Report => {
  const unreadableFiles = totals.unreadable.filter(({ kind }) => kind === "file").map(({ path }) => unread(path))
  const files = [...totals.files, ...unreadableFiles]
  return {
    ...sum(files),
    types: [...Map.groupBy(files, ({ type }) => type)]
      .map(([type, ofType]) => ({ type, ...sum(ofType) }))
      .sort((a, b) => b.bytes - a.bytes || compare(a.type, b.type)),
    identifiers: [...totals.identifiers]
      .map(([name, count]) => ({ name, count }))
      .sort((a, b) => b.count - a.count || compare(a.name, b.name))
      .slice(0, top),
    duplicates: duplicatesOf(totals.files),
    slowest: totals.files
      .map(({ milliseconds, path }) => ({ path, milliseconds }))
      .sort((a, b) => b.milliseconds - a.milliseconds)
      .slice(0, top),
    threads: shares.map((share) => ({ ...share, percent: percent(share.bytes, totals.bytes) })),
    unreadable: totals.unreadable.toSorted((a, b) => compare(a.path, b.path)),
    partial
  }
}

const unread = (path: string) => ({ type: typeOf(path), bytes: 0, packed: 0, lines: 0, words: 0 })

const sum = (files: ReadonlyArray<Omit<Size, "files">>): Size => {
  const size = { files: files.length, bytes: 0, packed: 0, lines: 0, words: 0 }
  for (const file of files) {
    size.bytes += file.bytes
    size.packed += file.packed
    size.lines += file.lines
    size.words += file.words
  }
  return size
}

const duplicatesOf = (files: Census["totals"]["files"]): ReadonlyArray<Duplicate> =>
  [...Map.groupBy(files, ({ sha256 }) => sha256)]
    .filter(([, copies]) => copies.length > 1)
    .map(([sha256, copies]) => {
      const size = copies[0]!.bytes
      return { sha256, size, wasted: size * (copies.length - 1), paths: copies.map(({ path }) => path).sort(compare) }
    })
    .sort((a, b) => b.wasted - a.wasted || compare(a.paths[0]!, b.paths[0]!))

const percent = (part: number, whole: number): number => whole === 0 ? 0 : Math.round(part / whole * 1_000) / 10

const compare = (a: string, b: string): number => a < b ? -1 : a > b ? 1 : 0

/** The report for a person. Its lists show `top` rows each and say what they leave out. */
export const formatReport = (
  report: Report,
  { duration, folder, top }: { readonly folder: string; readonly top: number; readonly duration: Duration.Duration }
): string =>
  [
    summary(report, folder, duration),
    types(report, top),
    identifiers(report),
    duplicates(report, folder, top),
    slowest(report, folder),
    threads(report),
    unreadable(report, folder, top)
  ].filter((section) => section !== "").join("\n\n")

const summary = (report: Report, folder: string, duration: Duration.Duration): string =>
  `${formatSize(report, folder)}; `
  + `${formatMillis(Duration.toMillis(duration))} with ${formatOf(report.threads.length, "thread")}`

/** How much there is in a folder, in two lines. */
export const formatSize = (
  { bytes, files, lines, packed, partial, words }: Size & { readonly partial?: boolean },
  folder: string
): string =>
  `${formatPath(folder)}${partial ? "  (PARTIAL: stopped before everything was counted)" : ""}\n`
  + `${formatOf(files, "file")}, ${formatBytes(bytes)} (${formatBytes(packed)} packed), ${formatOf(lines, "line")}, `
  + formatOf(words, "word")

const types = (report: Report, top: number): string =>
  section(
    "File types",
    ["type", " files", " size", " packed", " lines", " words"],
    report.types.slice(0, top).map(({ bytes, files, lines, packed, type, words }) => [
      formatPath(type),
      formatCount(files),
      formatBytes(bytes),
      formatBytes(packed),
      formatCount(lines),
      formatCount(words)
    ]),
    report.types.length
  )

const identifiers = (report: Report): string =>
  section(
    "Most frequent identifiers",
    [" times", "name"],
    report.identifiers.map(({ count, name }) => [formatCount(count), name])
  )

const duplicates = ({ duplicates }: Report, folder: string, top: number): string =>
  section(
    `Duplicates: ${formatBytes(duplicates.reduce((total, { wasted }) => total + wasted, 0))} could be saved`,
    [" wasted", " size", " copies", "files"],
    duplicates.slice(0, top).flatMap(({ paths, size, wasted }) =>
      paths.slice(0, top).map((path, index) => [
        ...(index > 0 ? ["", "", ""] : [formatBytes(wasted), formatBytes(size), formatCount(paths.length)]),
        index === top - 1 && paths.length > top
          ? `… and ${formatCount(paths.length - index)} more`
          : within(folder, path)
      ])
    ),
    duplicates.length
  )

const slowest = (report: Report, folder: string): string =>
  section(
    "Slowest files",
    [" time", "file"],
    report.slowest.map(({ milliseconds, path }) => [formatMillis(milliseconds), within(folder, path)])
  )

const threads = (report: Report): string =>
  section(
    "Threads",
    ["thread", " files", " size", " share"],
    report.threads.map(({ bytes, files, percent, thread }) => [
      thread,
      formatCount(files),
      formatBytes(bytes),
      `${percent.toFixed(1)} %`
    ])
  )

const unreadable = ({ unreadable }: Report, folder: string, top: number): string =>
  section(
    `Unreadable: ${formatCount(unreadable.length)}`,
    ["kind", "reason", "path"],
    unreadable.slice(0, top).map(({ kind, path, reason }) => [kind, reason, within(folder, path)]),
    unreadable.length
  )

const section = (
  title: string,
  header: ReadonlyArray<string>,
  rows: ReadonlyArray<ReadonlyArray<string>>,
  all = 0
): string => {
  if (rows.length === 0) return ""
  const shown = rows.filter(([first]) => first !== "").length
  return `${title}\n${formatTable(header, rows)}${all > shown ? `\n  … and ${formatCount(all - shown)} more` : ""}`
}

const within = (folder: string, path: string): string =>
  formatPath(path.startsWith(folder) && path !== folder ? path.slice(folder.length).replace(/^\//, "") : path)
