/** What happened, side by side: a column for each thread, and a line for whatever one of them does until another does something. */

/** What one thread did within a step; of one that is no thread's doing, the column is undefined. */
export interface Entry<Column> {
  readonly step: number
  readonly column: Column | undefined
  readonly notes: ReadonlyArray<string>
}

const widest = 34
const longest = 120

/** Of a very long run, the end. */
export const table = <Column extends { readonly actor: number }>(
  entries: ReadonlyArray<Entry<Column>>,
  label: (column: Column) => string
): string => {
  const all = [...new Set(entries.map(({ column }) => column))]
    .sort((a, b) => (a?.actor ?? Infinity) - (b?.actor ?? Infinity))
  const shown = entries.slice(-longest).map((entry) => ({ ...entry, lines: entry.notes.flatMap(wrap) }))
  const labels = all.map((column) => column === undefined ? "" : label(column))
  const widths = all.map((column, index) =>
    Math.max(
      labels[index]!.length,
      ...shown.flatMap((entry) => entry.column === column ? entry.lines.map((line) => line.length) : [])
    )
  )
  const line = (number: string, texts: ReadonlyArray<string>) =>
    `${number.padStart(4)}  ${texts.map((text, index) => text.padEnd(widths[index]!)).join("  ")}`.trimEnd()
  const steps = [...new Set(entries.map(({ step }) => step))]
  const body = shown.flatMap(({ column, lines, step }, index) =>
    lines.map((text, nth) =>
      line(
        nth === 0 && shown[index - 1]?.step !== step ? String(steps.indexOf(step) + 1) : "",
        all.map((each) => each === column ? text : "")
      )
    )
  )
  return [
    line("step", labels),
    line("", widths.map((width) => "─".repeat(width))),
    ...entries.length > shown.length ? [`      … what came before is left out`] : [],
    ...body
  ].join("\n")
}

const wrap = (note: string): ReadonlyArray<string> => {
  const lines: Array<string> = []
  for (const word of note.replace(/\s+/g, " ").split(" ")) {
    const last = lines.at(-1)
    if (last !== undefined && last.length + 1 + word.length <= widest) lines[lines.length - 1] = `${last} ${word}`
    else lines.push(word)
  }
  return lines
}
