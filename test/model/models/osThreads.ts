/** `OsThreads`: entering the table, rows of the dead, numbers of the kernel's that are used again. */
import { load, store } from "../../../src/internal/atomics.ts"
import { OsThreads } from "../../../src/internal/shared/osThreads.ts"
import type { Model } from "../model.ts"
import { isRunning } from "../replay.ts"
import { altered, assert, change } from "./world.ts"
import type { Case } from "./world.ts"

const header = 4
const stride = 3
/** How many rows the table has in production. The model has the first few; the others are empty. */
const rows = 1024
/** The cells of a row. */
const number = 0
const kernelId = 1
const dead = 2

interface Row {
  readonly number: number
  readonly kernelId: number
  readonly isKnownDead: boolean
}

interface Options {
  /** The threads that enter, by their number and the kernel's. */
  readonly threads: ReadonlyArray<readonly [number: number, kernelId: number]>
  /** Who has been there before, and is dead. */
  readonly dead?: ReadonlyArray<Row>
  readonly deaths?: number
  readonly table?: typeof OsThreads
}

const osThreadsModel = (options: Options) => (): Model => {
  const { dead: buried = [], deaths = 0, threads } = options
  const table = new Int32Array(header + stride * 5)
  for (const row of buried) {
    const at = header + row.number % rows * stride
    table[at + number] = row.number
    table[at + kernelId] = row.kernelId
    if (row.isKnownDead) table[at + dead] = row.number
  }
  /** Who has entered, and says so to the others, as one does whose number is in a lock. */
  const entered = new Int32Array(threads.length)

  return {
    memory: { table, entered },
    isConstant: (region, index) => region === "table" && index < header,
    kernelIds: threads.map(([, id]) => id),
    timeouts: "never",
    deaths,
    threads: threads.map(([mine, id], me) => (sim) => {
      const world = new (options.table ?? OsThreads)(table, mine, id, isRunning)
      store(entered, me, 1)
      sim.point("entered")
      threads.forEach(([other], i) => {
        if (i === me || load(entered, i) === 0) return
        if (!world.isAlive(other)) sim.at(`has buried ${i}`)
        sim.point(`asked of thread ${i}`)
      })
      // Nobody has their numbers, but somebody may have the kernel's.
      for (const { isKnownDead, number } of buried) {
        const isAlive = world.isAlive(number)
        assert(!isKnownDead || !isAlive, "One that was known to be dead is alive again.")
        sim.point(`asked of the dead ${number}`)
      }
    }),
    invariant: ({ places }) => {
      for (const place of places) {
        const [, buried] = /buried (\d)/.exec(place) ?? []
        assert(
          buried === undefined || places[Number(buried)] === "dead",
          `Thread ${Number(buried) + 1} lives, and was taken for dead.`
        )
      }
    },
    end: ({ places, read }) => {
      const there = threads.filter((_, i) => places[i] !== "dead").map(([mine]) => mine)
      for (const mine of there) {
        const count = [0, 1, 2, 3, 4].filter((row) => read(table, header + stride * row + number) === mine).length
        assert(count === 1, `Number ${mine} has ${count} rows.`)
      }
    }
  }
}

const LooksAtTheKernelsNumberFirst = altered(OsThreads, {
  enter(this: OsThreads, id: number) {
    const row = (this as unknown as { claim(): number }).claim()
    store(this.cells, row + kernelId, id)
    store(this.cells, row + number, this.me)
    for (let other = header; other < header + rows * stride; other += stride) {
      if (other === row || load(this.cells, other + kernelId) !== id) continue
      const there = load(this.cells, other + number)
      if (there > 0) store(this.cells, other + dead, there)
    }
  }
})

const NeedsNoClaim = altered(OsThreads, {
  claim(this: OsThreads) {
    for (let at = header + this.me % rows * stride;; at += stride) {
      const there = load(this.cells, at + number)
      if (there === 0 || there > 0 && !this.isAlive(there)) return at
    }
  }
})

const taken = /taken for dead|has \d rows/

const empty: Options = { threads: [[1, 1], [1 + rows, 2]], deaths: 1 }
const deadRow: Options = {
  threads: [[1 + rows, 1], [1 + 2 * rows, 2]],
  dead: [{ number: 1, kernelId: 9, isKnownDead: false }],
  deaths: 1
}
const usedAgain: Options = {
  threads: [[2, 7], [1 + rows, 8]],
  dead: [{ number: 1, kernelId: 7, isKnownDead: true }],
  deaths: 1
}
const three: Options = {
  threads: [[1 + rows, 1], [1 + 2 * rows, 7], [2, 3]],
  dead: [{ number: 1, kernelId: 7, isKnownDead: true }]
}

export const cases: ReadonlyArray<Case> = [
  {
    name: "two threads enter an empty table at the same row",
    model: osThreadsModel(empty),
    states: 500,
    mutants: [{
      name: "a row is not claimed before it is used",
      model: osThreadsModel({ ...empty, table: NeedsNoClaim }),
      finds: taken
    }]
  },
  {
    name: "two threads want the row of a dead one",
    model: osThreadsModel(deadRow),
    states: 500,
    mutants: [{
      name: "the living are asked for in vain",
      mutation: change("isRunning", () => undefined),
      finds: taken
    }]
  },
  {
    name: "a thread has a dead one's number of the kernel's, another its row",
    model: osThreadsModel(usedAgain),
    states: 500,
    mutants: [{
      name: "the kernel's number is looked at before whose it is",
      model: osThreadsModel({ ...usedAgain, table: LooksAtTheKernelsNumberFirst }),
      finds: taken
    }]
  }
]

export const longCases: ReadonlyArray<Case> = [
  { name: "three threads enter a table with a dead one", model: osThreadsModel(three), states: 10_000 }
]
