/** What the models of primitives with a monitor and a row for each OS thread have in common. */
import { wait, waitAsync } from "../../../src/internal/atomics.ts"
import { Column } from "../../../src/internal/shared/members.ts"
import type { Members } from "../../../src/internal/shared/members.ts"
import type { Monitor } from "../../../src/internal/shared/monitor.ts"
import type { Model, Now } from "../model.ts"
import type { Sim } from "../replay.ts"
import type { osThreads } from "./world.ts"

/** Where a monitor's own cells are. */
const Cell = { owner: 0, notes: 1, first: 2 } as const

/** How many changes there are at once at most. */
const changes = 20

/** What is behind the type of each. */
export interface Inner {
  readonly cells: Int32Array
  readonly mailbox: number
  readonly expected: number
  readonly monitor: Monitor
  readonly members: Members
}

/** What a model knows of memory like that of `shared`, whose own cells but the `constant` ones change. */
export const memberCells = (
  shared: object,
  { isConstant, table, threads }: ReturnType<typeof osThreads>,
  constant: ReadonlyArray<number> = [],
  others: Readonly<Record<string, Int32Array>> = {}
) => {
  const { cells, members, monitor } = shared as Inner
  const { at } = monitor as unknown as { readonly at: number }
  const rows = threads.map((_, i) => members.first + members.stride * i)
  const isNote = (index: number) => index > at && index < at + Cell.first + 2 * changes
  const isState = (index: number) => index > 0 && index < at && !constant.includes(index)
  const isInRow = (index: number) => index >= rows[0]! && index < rows[0]! + members.stride * rows.length
  const isMailbox = (index: number) => rows.some((row) => index === row + Column.mailbox)
  const isCount = (index: number) => index === rows[0]! - 1
  const model = {
    memory: { memory: cells, table, ...others },
    isConstant: (region, index) =>
      region === "memory"
        ? !(isState(index) || isNote(index) || index === at || isCount(index) || isInRow(index))
        : isConstant(region, index),
    guarded: {
      cells,
      owner: at,
      has: (index) => isNote(index) || isState(index) || isCount(index) || isInRow(index) && !isMailbox(index)
    },
    // Old notes are written anew before they are counted again.
    tidy: {
      cells,
      index: at + Cell.notes,
      forgets: (count, forget) => {
        for (let note = at + Cell.first + 2 * (count + 1); isNote(note); note++) forget(note)
      }
    },
    // The monitor has a model of its own.
    spins: "idle"
  } satisfies Partial<Model>
  return { model, rows, isFree: ({ read }: Now) => read(cells, at + Cell.owner) === 0 }
}

/** Tells the model what all that follows depends on, whenever `shared` is changed; and that it was changed. */
export const watch = (shared: object, sim: Sim, state: () => string, changed: () => void = () => {}): void => {
  const { monitor } = shared as Inner
  const run = monitor.run.bind(monitor)
  monitor.run = (change) => {
    const before = `${state()} ${localsOf(shared)}`
    return run(() => {
      sim.point(before)
      const answer = change()
      changed()
      return answer
    })
  }
}

/** What an object holds that is neither memory nor an object itself, nor are its members. */
const localsOf = (shared: object): string =>
  [shared, (shared as Inner).members].flatMap((object) => Object.values(object))
    .filter((value) => typeof value !== "object").join(" ")

/** One that waits in memory: it blocks, or turns its event loop. */
export interface Waits {
  readonly waits: "blocking" | "async"
  /** Whether it may leave, each time, instead of going on to wait. */
  readonly givesUp?: boolean
}

export class Sleeper {
  private readonly sim: Sim
  private readonly how: Waits
  private isArmed = false

  constructor(sim: Sim, how: Waits) {
    this.sim = sim
    this.how = how
  }

  /** Sleeps at its mailbox. */
  sleep(shared: object): "woken" | "overdue" | "left" {
    const { givesUp = false, waits } = this.how
    const { cells, expected, mailbox } = shared as Inner
    if (waits === "blocking") {
      if (givesUp && this.sim.choose(2) === 1) return "left"
      return wait(cells, mailbox, expected, 1) === "timed-out" ? "overdue" : "woken"
    }
    if (!this.isArmed) {
      this.isArmed = waitAsync(cells, mailbox, expected, () => {
        this.isArmed = false
      })
      if (!this.isArmed) return "woken"
    }
    const turn = this.sim.turn({ isInterruptible: givesUp })
    return turn === "interrupted" ? "left" : turn === "timer" ? "overdue" : "woken"
  }
}
