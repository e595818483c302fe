/** Takes what a program writes to its console, as text. */
import { format } from "effect/Formatter"

const textOf = (values: ReadonlyArray<unknown>): string => {
  const [first, ...rest] = values
  if (typeof first !== "string") return values.map(show).join(" ")
  // `%c` styles what follows, by a value of its own.
  const styles = first.match(/%c/g)?.length ?? 0
  return [first.replaceAll("%c", ""), ...rest.slice(styles).map(show)].join(" ")
}

const show = (value: unknown): string =>
  typeof value === "string" ? value : value instanceof Error ? value.stack ?? String(value) : format(value)

export const captureConsole = (write: (text: string, isError: boolean) => void): void => {
  for (const method of ["log", "info", "debug", "group", "groupCollapsed", "table"] as const) {
    console[method] = (...values: ReadonlyArray<unknown>) => write(textOf(values), false)
  }
  for (const method of ["warn", "error", "trace"] as const) {
    console[method] = (...values: ReadonlyArray<unknown>) => write(textOf(values), true)
  }
}
