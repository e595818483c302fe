/** The way to the page. */
import type { Said } from "./protocol.ts"

/** How many lines and changes are told: a page has to stay alive under a loop that prints. */
const most = { output: 2_000, changes: 5_000 }
const told = { output: 0, changes: 0 }

const isTooMuch = (said: Said): boolean => {
  if (said.tag === "changes") return (told.changes += said.changes.length) > most.changes
  if (said.tag !== "output" || ++told.output <= most.output) return false
  if (told.output === most.output + 1) {
    postMessage({ tag: "output", text: `… ${most.output} lines, and more.`, isError: true } satisfies Said)
  }
  return true
}

/** What the program's modules are called, of which engines know the URLs alone. */
const names = new Map<string, string>()

/** Has texts tell a module's name where they have its URL, or the last part of that. */
export const nameUrl = (url: string, file: string): void => {
  names.set(url, file)
  names.set(url.slice(url.lastIndexOf("/") + 1), file.replace(/^.*\//, "").replace(/\.ts$/, ""))
}

const named = (text: string): string => {
  for (const [url, file] of names) text = text.replaceAll(url, file)
  return text
}

export const toPage = (said: Said): void => {
  if (isTooMuch(said)) return
  switch (said.tag) {
    case "output":
      return postMessage({ ...said, text: named(said.text) })
    case "problem":
      return postMessage({ ...said, message: named(said.message) })
    case "changes":
      return postMessage({
        ...said,
        changes: said.changes.map((change) => ({
          ...change,
          ...(change.task === undefined ? {} : { task: named(change.task) }),
          ...(change.on === undefined ? {} : { on: named(change.on) })
        }))
      })
    default:
      return postMessage(said)
  }
}
