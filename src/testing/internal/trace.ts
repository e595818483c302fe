/** Writes down what each fiber did in each step of a run. */
import * as Cause from "effect/Cause"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Logger from "effect/Logger"
import type { ObservedHold, ObservedThread, ObservedWaiter, Observer } from "../../internal/observer.ts"
import { placeOf } from "../../internal/site.ts"
import { CurrentThread } from "../../internal/threadRecord.ts"
import { inWords } from "./findings.ts"
import type { Kind } from "./findings.ts"
import { table } from "./table.ts"
import { time } from "./world.ts"
import type { AnyFiber, Candidate, Recorder, Strand, World } from "./world.ts"

interface Row {
  readonly step: number
  readonly column: Strand | undefined
  readonly notes: Array<string>
}

interface Named {
  readonly kind: string
  readonly name: string
}

export class Trace implements Recorder {
  private readonly rows: Array<Row> = []
  private readonly labels = new Map<Strand, string>()
  private readonly taken = new Map<string, number>()
  private readonly counts = new Map<Strand, number>()
  /** Those that ran in this step, and of whom nothing is written yet that explains why they stopped. */
  private readonly unexplained = new Set<Strand>()
  private current = 0
  private deadlockAt: number | undefined
  private isClosed = false
  private world: World | undefined

  runs(strand: Strand, fiber: AnyFiber): void {
    // Whom one that has just ended woke runs next.
    for (const each of this.unexplained) {
      if (each.fiber !== fiber && each.fiber?.pollUnsafe() !== undefined) this.tellEnd(each)
    }
    this.unexplained.add(strand)
    if (this.labels.has(strand)) return
    const name = fiber.getRef(CurrentThread)?.name ?? "fiber"
    const number = (this.taken.get(name) ?? 0) + 1
    this.taken.set(name, number)
    this.labels.set(strand, number === 1 && name !== "fiber" ? name : `${name}/${number}`)
  }

  /** Writes down how it ended, and no more; what follows only ends the run. */
  close(kind: Kind | undefined, isStuck: boolean): void {
    if (this.isClosed) return
    // What the deadlocked wait's death led to is no part of the deadlock.
    if (kind === "deadlock" && this.deadlockAt !== undefined) this.rows.length = this.deadlockAt
    if (kind === "livelock") {
      for (const [strand, count] of this.counts) {
        if (count > 100) this.rows.push({ step: Infinity, column: strand, notes: [`has taken ${count} steps`] })
      }
    }
    if (isStuck && kind !== undefined) this.rows.push({ step: Infinity, column: undefined, notes: [kind] })
    this.isClosed = true
  }

  step(candidate: Candidate): void {
    this.current++
    this.unexplained.clear()
    if (candidate === time) this.write(undefined, "time passes")
  }

  stepped(world: World): void {
    for (const strand of this.unexplained) {
      this.counts.set(strand, (this.counts.get(strand) ?? 0) + 1)
      if (strand.fiber?.pollUnsafe() !== undefined) this.tellEnd(strand)
      else if (!world.ready.some((ticket) => ticket.isOwn && ticket.strand === strand)) this.write(strand, "waits")
    }
  }

  private tellEnd(strand: Strand): void {
    this.unexplained.delete(strand)
    this.write(strand, ends(strand.fiber!.pollUnsafe()!))
  }

  cut(fiber: AnyFiber): void {
    const place = placeOf(fiber.context)
    this.note(fiber, place === undefined ? "⇢ preempted" : `⇢ preempted in ${place}`)
  }

  interrupts(fiber: AnyFiber): void {
    this.note(fiber, "⇠ interrupted")
  }

  private note(fiber: AnyFiber | undefined, text: string): void {
    this.write(fiber === undefined ? undefined : this.world?.strandOf(fiber), text)
  }

  /** Says why it stops, so that need not be found out. */
  private explain(fiber: AnyFiber | undefined, text: string): void {
    const strand = fiber === undefined ? undefined : this.world?.strandOf(fiber)
    if (strand !== undefined) this.unexplained.delete(strand)
    this.write(strand, text)
  }

  private write(column: Strand | undefined, text: string): void {
    // The fiber that only runs the region around the program is no part of it.
    if (this.isClosed || column?.actor === 0) return
    const last = this.rows.at(-1)
    if (last !== undefined && last.step === this.current && last.column === column) last.notes.push(text)
    else this.rows.push({ step: this.current, column, notes: [text] })
  }

  /** Hears what the library tells. */
  listen(world: World): Observer {
    this.world = world
    const isNow = (fiber: AnyFiber) => Fiber.getCurrent() === fiber
    return {
      holds: ({ fiber, mutex }: ObservedHold) =>
        this.note(fiber, `${isNow(fiber) ? "acquires" : "is given"} ${mutex.name}`),
      released: ({ mutex }: ObservedHold) => this.note(Fiber.getCurrent(), `releases ${mutex.name}`),
      parked: ({ fiber }: ObservedWaiter, on: Named) => this.explain(fiber, waits(on)),
      unparked: ({ fiber }: ObservedWaiter, on: Named) => {
        if (isNow(fiber)) this.note(fiber, `gives up ${on.name}`)
        else if (!on.kind.endsWith("Lock")) this.note(fiber, `may go on (${on.name})`)
      },
      deadlocked: () => {
        this.write(undefined, "deadlock")
        this.deadlockAt ??= this.rows.length
      },
      started: (thread: ObservedThread) => this.note(Fiber.getCurrent(), `starts ${thread.name}`),
      ended: (thread: ObservedThread) => this.explain(thread.fiber, ends(thread.exit!))
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
    return table(
      this.rows.toSorted((a, b) => a.step - b.step),
      (strand) => this.labels.get(strand) ?? `fiber/${strand.actor}`
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
  return `fails: ${(error instanceof Error ? error.message : inWords(error)).split("\n")[0]}`
}
