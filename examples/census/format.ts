/**
 * Numbers and tables for people.
 */

export const formatCount = (count: number): string => count.toLocaleString("en-US")

/** A count with its noun: `1 file`, `2,000 files`. */
export const formatOf = (count: number, noun: string): string =>
  `${formatCount(count)} ${noun}${count === 1 ? "" : "s"}`

/** Bytes in decimal units, as disks are sold. */
export const formatBytes = (bytes: number): string => {
  let value = bytes
  let unit = 0
  // 999.95 would be shown as 1,000.0 of its unit.
  while (value >= (unit === 0 ? 1_000 : 999.95) && unit < units.length - 1) {
    value /= 1_000
    unit++
  }
  return unit === 0 ? `${value} B` : `${value.toFixed(1)} ${units[unit]}`
}

const units = ["B", "kB", "MB", "GB", "TB", "PB"]

export const formatMillis = (milliseconds: number): string =>
  milliseconds < 1_000 ? `${milliseconds.toFixed(1)} ms` : `${(milliseconds / 1_000).toFixed(2)} s`

/** A path on one line: control characters, which a file's name may contain, are shown escaped. */
export const formatPath = (path: string): string =>
  // oxlint-disable-next-line no-control-regex -- these are what it looks for
  path.replace(/[\u0000-\u001f\u007f]/g, (character) => JSON.stringify(character).slice(1, -1))

/** Lines of a table whose columns are aligned: to the right those whose header begins with a blank, else to the left. */
export const formatTable = (header: ReadonlyArray<string>, rows: ReadonlyArray<ReadonlyArray<string>>): string => {
  const titles = header.map((title) => title.trim())
  const widths = titles.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]!.length)))
  const line = (cells: ReadonlyArray<string>) =>
    `  ${
      cells.map((cell, column) =>
        header[column]!.startsWith(" ") ? cell.padStart(widths[column]!) : cell.padEnd(widths[column]!)
      ).join("  ")
    }`.trimEnd()
  return [titles, ...rows].map(line).join("\n")
}
