/** Writes down what each fiber did in each step of a run, as a table: a column for each thread, a row for each step. */
import * as Cause from "effect/Cause"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Logger from "effect/Logger"
import type { ObservedHold, ObservedThread, ObservedWaiter, Observer } from "../../internal/observer.ts"
import { CurrentThread } from "../../internal/threadRecord.ts"
import type { AnyFiber, Candidate, Recorder, Strand, World } from "./world.ts"

interface Row {
  readonly cells: Map<Strand | undefined, Array<string>>
}

interface Named {
  readonly kind: string
  readonly name: string
}

export class Trace implements Recorder {
  private readonly rows: Array<Row> = []
  private readonly labels = new Map<Strand, string>()
  private readonly taken = new Map<string, number>()
  private isClosed = false
  private world: World | undefined

  seen(strand: Strand, fiber: AnyFiber): void {
    if (this.labels.has(strand)) return
    const name = fiber.getRef(CurrentThread)?.name ?? "fiber"
    const number = (this.taken.get(name) ?? 0) + 1
    this.taken.set(name, number)
    this.labels.set(strand, number === 1 && name !== "fiber" ? name : `${name}/${number}`)
  }

  /** Writes down the last word, if there is one, and no more; what follows only ends the run. */
  close(word: string | undefined): void {
    if (this.isClosed) return
    this.isClosed = true
    if (word !== undefined) this.rows.push({ cells: new Map([[undefined, [word]]]) })
  }

  step(candidate: Candidate): void {
    if (this.isClosed) return
    const row: Row = { cells: new Map() }
    this.rows.push(row)
    if (candidate.actor === "t") row.cells.set(undefined, ["time passes"])
  }

  cut(fiber: AnyFiber): void {
    this.note(fiber, "⇢ preempted")
  }

  interrupts(fiber: AnyFiber): void {
    this.note(fiber, "⇠ interrupted")
  }

  private note(fiber: AnyFiber | undefined, text: string): void {
    const row = this.rows.at(-1)
    if (row === undefined || this.isClosed) return
    const strand = fiber === undefined ? undefined : this.world?.strandOf(fiber)
    // The fiber that only runs the region around the program is no part of it.
    if (strand?.actor === 0) return
    const notes = row.cells.get(strand)
    if (notes === undefined) row.cells.set(strand, [text])
    else notes.push(text)
  }

  /** Hears what the library tells. */
  listen(world: World): Observer {
    this.world = world
    const isNow = (fiber: AnyFiber) => Fiber.getCurrent() === fiber
    return {
      holds: ({ fiber, mutex }: ObservedHold) =>
        this.note(fiber, `${isNow(fiber) ? "acquires" : "is given"} ${mutex.name}`),
      released: ({ mutex }: ObservedHold) => this.note(Fiber.getCurrent(), `releases ${mutex.name}`),
      parked: ({ fiber }: ObservedWaiter, on: Named) => this.note(fiber, waits(on)),
      unparked: ({ fiber }: ObservedWaiter, on: Named) => {
        if (isNow(fiber)) this.note(fiber, `gives up ${on.name}`)
        else if (on.kind !== "Lock" && on.kind !== "RLock") this.note(fiber, `may go on (${on.name})`)
      },
      started: (thread: ObservedThread) => this.note(Fiber.getCurrent(), `starts ${thread.name}`),
      ended: (thread: ObservedThread) => this.note(thread.fiber, ends(thread.exit as Exit.Exit<unknown, unknown>))
    }
  }

  /** What is logged stands in the cell of the fiber that logs it. */
  loggers(world: World): ReadonlySet<Logger.Logger<unknown, void>> {
    this.world = world
    return new Set([
      Logger.make(({ fiber, message }) => this.note(fiber, `“${[message].flat().map(String).join(" ")}”`))
    ])
  }

  toString(): string {
    const rows = this.rows.filter(({ cells }) => cells.size > 0)
    const strands = [...new Set(rows.flatMap(({ cells }) => [...cells.keys()]))]
      .sort((a, b) => (a?.actor ?? Infinity) - (b?.actor ?? Infinity))
    return render(
      strands.map((strand) => strand === undefined ? "" : this.labels.get(strand) ?? `fiber ${strand.actor}`),
      rows.map(({ cells }) => strands.map((strand) => cells.get(strand) ?? []))
    )
  }
}

const waits = ({ kind, name }: Named): string =>
  kind === "Condition"
    ? `sleeps on ${name}`
    : kind === "Thread"
    ? `joins ${name}`
    : kind === "ThreadGroup"
    ? "waits for its threads"
    : `waits for ${name}`

const ends = (exit: Exit.Exit<unknown, unknown>): string => {
  if (Exit.isSuccess(exit)) return "ends"
  if (Cause.hasInterruptsOnly(exit.cause)) return "ends, interrupted"
  const error = Cause.squash(exit.cause)
  return `fails: ${(error instanceof Error ? error.message : String(error)).split("\n")[0]}`
}

const widest = 34
const longest = 120

/** The cells' lines side by side; of a very long run, the end. */
const render = (labels: ReadonlyArray<string>, rows: ReadonlyArray<ReadonlyArray<ReadonlyArray<string>>>): string => {
  const shown = rows.slice(-longest)
  const wrapped = shown.map((cells) => cells.map((notes) => notes.flatMap(wrap)))
  const widths = labels.map((label, column) =>
    Math.max(label.length, ...wrapped.map((cells) => Math.max(0, ...cells[column]!.map((line) => line.length))))
  )
  const line = (number: string, texts: ReadonlyArray<string>) =>
    `${number.padStart(4)}  ${texts.map((text, column) => text.padEnd(widths[column]!)).join("  ")}`.trimEnd()
  const body = wrapped.flatMap((cells, index) =>
    Array.from({ length: Math.max(1, ...cells.map((lines) => lines.length)) }, (_, nth) =>
      line(
        nth === 0 ? String(rows.length - shown.length + index + 1) : "",
        cells.map((lines) => lines[nth] ?? "")
      ))
  )
  return [
    line("step", labels),
    line("", widths.map((width) => "─".repeat(width))),
    ...rows.length > shown.length ? [line("", [`… ${rows.length - shown.length} steps before`])] : [],
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
