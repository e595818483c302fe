/** `Monitor`: changes of several cells are whole, whoever dies or throws on the way. */
import { compareExchange, load, pause, store } from "../../../src/internal/atomics.ts"
import { Monitor, monitorSize } from "../../../src/internal/shared/monitor.ts"
import type { OsThreads } from "../../../src/internal/shared/osThreads.ts"
import type { Model } from "../model.ts"
import { altered, assert, bodies, change, osThreads } from "./world.ts"
import type { Case } from "./world.ts"

/** How much there is in the one cell, and in the other: as much in both together at all times. */
const one = 0
const other = 1
const at = 2
const owner = at
const all = 10

interface Options {
  readonly threads: number
  readonly rounds: number
  readonly deaths?: number
  readonly throws?: boolean
  /** Also changes a cell for the second time. */
  readonly changesTwice?: boolean
  readonly monitor?: typeof Monitor
}

const monitorModel = (options: Options) => (): Model => {
  const { changesTwice = false, deaths = 0, rounds, throws = false } = options
  const cells = new Int32Array(at + monitorSize(3))
  cells[one] = all
  const { isConstant, table, threads } = osThreads(options.threads)

  return {
    memory: { cells, table },
    isConstant,
    timeouts: "idle",
    deaths,
    threads: bodies(options.threads, (sim, me) => {
      const monitor = new (options.monitor ?? Monitor)(cells, at, threads[me]!)
      let moved = 0
      const oops = new Error("It has thrown.")
      for (let round = 0; round < rounds; round++) {
        try {
          monitor.run(() => {
            sim.point(`${round} ${moved} inside`)
            sim.at("inside")
            const here = monitor.get(one)
            const there = monitor.get(other)
            assert(here + there === all, "Half of a change was seen.")
            monitor.set(one, changesTwice ? here - 2 : here - 1)
            const isThrowing = throws && sim.choose(2) === 1
            if (!isThrowing) monitor.set(other, there + 1)
            if (changesTwice) monitor.set(one, here - 1)
            sim.at("")
            if (isThrowing) throw oops
          })
          moved++
        } catch (error) {
          if (error !== oops) throw error
        }
        sim.point(`${round} ${moved}`)
      }
      return moved
    }),
    invariant: ({ places, read }) => {
      assert(places.filter((place) => place === "inside").length <= 1, "Two are inside at once.")
      if (read(cells, owner) === 0) {
        assert(read(cells, one) + read(cells, other) === all, "A change was left half done.")
      }
    },
    end: ({ places, read, returned }) => {
      const moved = returned.reduce<number>((sum, moved) => sum + (moved as number ?? 0), 0)
      const most = moved + rounds * places.filter((place) => place === "dead").length
      // The dead may have got to the end of a change, or not.
      assert(read(cells, other) >= moved && read(cells, other) <= most, "A change was lost.")
    }
  }
}

interface Inner {
  readonly cells: Int32Array
  readonly at: number
  readonly threads: OsThreads
  notes: number
}

const NeverUndoes = altered(Monitor, { undo() {} })

const NotesTooLate = altered(Monitor, {
  set(this: Inner, cell: number, value: number) {
    const note = this.at + 2 + 2 * this.notes
    const old = load(this.cells, cell)
    store(this.cells, cell, value)
    store(this.cells, note, cell)
    store(this.cells, note + 1, old)
    store(this.cells, this.at + 1, ++this.notes)
  }
})

const CountsTooEarly = altered(Monitor, {
  set(this: Inner, cell: number, value: number) {
    const note = this.at + 2 + 2 * this.notes
    store(this.cells, this.at + 1, ++this.notes)
    store(this.cells, note, cell)
    store(this.cells, note + 1, load(this.cells, cell))
    store(this.cells, cell, value)
  }
})

const UndoesForwards = altered(Monitor, {
  undo(this: Inner) {
    const count = load(this.cells, this.at + 1)
    for (let i = 0; i < count; i++) {
      const note = this.at + 2 + 2 * i
      store(this.cells, load(this.cells, note), load(this.cells, note + 1))
    }
    store(this.cells, this.at + 1, 0)
    this.notes = 0
  }
})

const ForgetsTooEarly = altered(Monitor, {
  undo(this: Inner) {
    for (let count = load(this.cells, this.at + 1); count > 0; count--) {
      const note = this.at + 2 + 2 * (count - 1)
      store(this.cells, this.at + 1, count - 1)
      store(this.cells, load(this.cells, note), load(this.cells, note + 1))
    }
    this.notes = 0
  }
})

const LeavesBeforeItForgets = altered(Monitor, {
  leave(this: Inner) {
    store(this.cells, this.at, 0)
    if (this.notes > 0) store(this.cells, this.at + 1, 0)
  }
})

const TakesOverInTwoSteps = altered(Monitor, {
  enter(this: Inner) {
    for (let tries = 1;; tries++) {
      const owner = compareExchange(this.cells, this.at, 0, this.threads.me)
      if (owner === 0) break
      pause()
      if (tries % 10 !== 0 || this.threads.isAlive(owner)) continue
      store(this.cells, this.at, this.threads.me)
      ;(this as unknown as { undo(): void }).undo()
      break
    }
    this.notes = 0
  }
})

const twice: Options = { threads: 2, rounds: 2, throws: true }
const mortal: Options = { threads: 3, rounds: 1, deaths: 2, changesTwice: true }
const throwing: Options = { threads: 2, rounds: 1, deaths: 1, throws: true }

const half = /Half of a change|half done|Two are inside|was lost/

export const cases: ReadonlyArray<Case> = [
  {
    name: "two threads change two cells twice, or throw on the way",
    model: monitorModel(twice),
    states: 500,
    mutants: [
      { name: "what has thrown is not undone", model: monitorModel({ ...twice, monitor: NeverUndoes }), finds: half },
      {
        name: "anybody gets in",
        mutation: change("compareExchange", (op) => ({ ...op, kind: "load" })),
        model: monitorModel(twice),
        finds: /for ever|inside|half|Half/
      }
    ]
  },
  {
    name: "one of two dies, or throws, while it changes two cells",
    model: monitorModel(throwing),
    states: 500,
    mutants: [
      {
        name: "what is thrown back is forgotten first",
        model: monitorModel({ ...throwing, monitor: ForgetsTooEarly }),
        finds: half
      }
    ]
  },
  {
    name: "two of three die while they change two cells, one of them twice",
    model: monitorModel(mortal),
    states: 5000,
    mutants: [
      {
        name: "what the dead have begun is not undone",
        model: monitorModel({ ...mortal, monitor: NeverUndoes }),
        finds: half
      },
      {
        name: "it is noted after it was changed",
        model: monitorModel({ ...mortal, monitor: NotesTooLate }),
        finds: half
      },
      {
        name: "the note is counted before it is there",
        model: monitorModel({ ...mortal, monitor: CountsTooEarly }),
        finds: half
      },
      {
        name: "what was changed first is undone first",
        model: monitorModel({ ...mortal, monitor: UndoesForwards }),
        finds: half
      },
      {
        name: "it is left before the notes are forgotten",
        model: monitorModel({ ...mortal, monitor: LeavesBeforeItForgets }),
        finds: half
      },
      {
        name: "the dead's place is taken in two steps",
        model: monitorModel({ ...mortal, monitor: TakesOverInTwoSteps }),
        finds: half
      },
      { name: "the living are taken for dead", mutation: change("isRunning", () => undefined), finds: half }
    ]
  }
]

export const longCases: ReadonlyArray<Case> = [
  {
    name: "one of three dies, or throws, while they change two cells twice",
    model: monitorModel({ threads: 3, rounds: 2, deaths: 1, throws: true, changesTwice: true }),
    states: 20_000
  }
]
