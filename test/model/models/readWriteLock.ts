/** `ReadWriteCells`: one writes or many read, whose turn it is, those who leave, and those who die. */
import { load, store } from "../../../src/internal/atomics.ts"
import { ReadWriteCells } from "../../../src/internal/shared/readWriteCells.ts"
import type { Model } from "../model.ts"
import type { Sim } from "../replay.ts"
import { memberCells, Sleeper, watch } from "./members.ts"
import type { Inner, Waits } from "./members.ts"
import { altered, assert, change, osThreads } from "./world.ts"
import type { Case } from "./world.ts"

const Cell = { readers: 2, dead: 3, beforeReaders: 4, beforeWriter: 5 } as const
/** Where the holds of a row are. */
const reads = 2
/** What the lock is for: 0 but while somebody writes. */
const data = 0

interface Client extends Waits {
  readonly mode: "read" | "write"
  readonly rounds: number
}

interface Options {
  readonly clients: ReadonlyArray<Client>
  readonly timeouts: Model["timeouts"]
  readonly deaths?: number
  /** To go before another once is to do so often. */
  readonly isHasty?: boolean
  readonly cells?: typeof ReadWriteCells
}

class User {
  private readonly sim: Sim
  private readonly shared: ReadWriteCells
  private readonly written: Int32Array
  private readonly client: Client
  private readonly sleeper: Sleeper
  private doing = ""

  constructor(sim: Sim, shared: ReadWriteCells, written: Int32Array, client: Client) {
    this.sim = sim
    this.shared = shared
    this.written = written
    this.client = client
    this.sleeper = new Sleeper(sim, client)
    watch(shared, sim, () => this.doing, () => {
      if (this.doing.includes("gives back")) sim.at("")
    })
  }

  /** Repairs what it finds abandoned. */
  use(round: number): void {
    const { client: { mode }, shared, sim, written } = this
    for (let how = this.take(round); how !== "taken"; how = this.take(round)) {
      if (how === "left") return
      this.repair(round)
    }
    sim.at(`${mode}s`)
    assert(load(written, data) === 0, "Somebody writes, or has died writing.")
    if (mode === "write") {
      store(written, data, 1)
      store(written, data, 0)
    }
    this.doing = `${round} gives back`
    shared.giveBack(mode)
  }

  private take(round: number): "taken" | "abandoned" | "left" {
    const { client: { mode }, shared } = this
    this.doing = `${round} takes`
    if (shared.take(mode, 1, false) === "taken") return "taken"
    for (let isOverdue = false;;) {
      this.doing = `${round} takes ${isOverdue}`
      const attempt = shared.take(mode, 1, true, isOverdue)
      if (attempt === "taken") return attempt
      const turn = attempt === "abandoned" ? attempt : this.sleeper.sleep(shared)
      if (turn === "left" || turn === "abandoned") {
        this.doing = `${round} leaves ${turn}`
        shared.leave(false, false)
        return turn
      }
      isOverdue = turn === "overdue"
      this.doing = `${round} looks`
      if (isOverdue) shared.look()
    }
  }

  private repair(round: number): void {
    const { shared, sim, written } = this
    this.doing = `${round} wants to repair`
    shared.look()
    this.doing = `${round} takes for repair`
    if (!shared.takeForRepair()) return
    sim.at("writes")
    store(written, data, 0)
    this.doing = `${round} has repaired`
    shared.repaired()
    this.doing = `${round} gives back what was repaired`
    shared.giveBack("write")
  }
}

/** Who goes before another once has done so as often as may be. */
const hasten = ({ monitor }: Inner): void => {
  const set = monitor.set.bind(monitor)
  monitor.set = (cell, value) => {
    const often = cell === Cell.beforeReaders ? 4 : cell === Cell.beforeWriter ? 8 : undefined
    set(cell, often === undefined || value === 0 ? value : often)
  }
}

const readWriteLock = (options: Options) => (): Model => {
  const { cells: Cells = ReadWriteCells, clients, deaths = 0, isHasty = false, timeouts } = options
  const memory = new Int32Array(2000)
  const written = new Int32Array(1)
  const world = osThreads(clients.length)
  const { isFree, model, rows } = memberCells(new Cells(memory, world.threads[0]!), world, [], { written })

  return {
    ...model,
    timeouts,
    deaths,
    threads: clients.map((client, me) => (sim) => {
      const shared = new Cells(memory, world.threads[me]!)
      if (isHasty) hasten(shared as unknown as Inner)
      const user = new User(sim, shared, written, client)
      for (let round = 0; round < client.rounds; round++) user.use(round)
    }),
    invariant: (now) => {
      const writers = now.places.filter((place) => place === "writes").length
      const readers = now.places.filter((place) => place === "reads").length
      assert(writers === 0 || writers === 1 && readers === 0, "Somebody writes, and is not alone.")
      if (!isFree(now)) return
      const noted = rows.reduce((sum, row) => sum + now.read(memory, row + reads), 0)
      assert(now.read(memory, Cell.readers) === noted, "A reader was lost, or made.")
    },
    end: ({ places, read }) => {
      if (places.includes("dead")) return
      assert(read(memory, Cell.readers) === 0 && read(memory, 1) === 0, "Somebody seems to have it still.")
    }
  }
}

const blocking = (mode: Client["mode"], rounds = 1): Client => ({ mode, rounds, waits: "blocking" })
const inLoop = (mode: Client["mode"], rounds = 1): Client => ({ mode, rounds, waits: "async" })
const leaving = (client: Client): Client => ({ ...client, givesUp: true })

const NeverLooks = altered(ReadWriteCells, { look() {} })

const LeavesQuietly = altered(ReadWriteCells, {
  leave(this: { wakeNext(): void }) {
    const quiet = Object.create(this, { wakeNext: { value: () => {} } }) as ReadWriteCells
    ReadWriteCells.prototype.leave.call(quiet, false, false)
  }
})

const FreesWhatTheDeadWrote = altered(ReadWriteCells, {
  look(this: Inner) {
    this.monitor.run(() =>
      this.members.sweep((row) => {
        this.monitor.set(Cell.readers, this.monitor.get(Cell.readers) - this.monitor.get(row + reads))
        if (this.monitor.get(1) === this.monitor.get(row)) this.monitor.set(1, 0)
      })
    )
  }
})

const two: Options = { clients: [blocking("read", 2), inLoop("write", 2)], timeouts: 1 }
const readers: Options = { clients: [blocking("read"), inLoop("read"), blocking("write")], timeouts: "never" }
const writers: Options = { clients: [blocking("write"), inLoop("write"), blocking("read")], timeouts: "never" }
const hasty: Options = {
  clients: [blocking("write", 2), inLoop("write"), inLoop("read")],
  timeouts: "never",
  isHasty: true
}
const leave: Options = {
  clients: [leaving(blocking("write")), leaving(inLoop("read")), blocking("write")],
  timeouts: "never",
  isHasty: true
}
const death: Options = { clients: [blocking("read", 2), inLoop("write", 2)], timeouts: "idle", deaths: 1 }
const deaths: Options = { clients: [blocking("read"), inLoop("write"), blocking("write")], timeouts: "idle", deaths: 1 }

const forEver = /for ever/

export const cases: ReadonlyArray<Case> = [
  {
    name: "one reads and one writes",
    model: readWriteLock(two),
    states: 2500,
    mutants: [
      {
        name: "nobody is woken",
        model: readWriteLock({ ...two, timeouts: "never" }),
        mutation: change("notify", () => undefined),
        finds: forEver
      }
    ]
  },
  { name: "two read and one writes", model: readWriteLock(readers), states: 2500 },
  { name: "two write and one reads", model: readWriteLock(writers), states: 2500 },
  {
    name: "one that wants to write leaves, and one that wants to read",
    model: readWriteLock(leave),
    states: 5000,
    mutants: [{
      name: "who leaves wakes nobody",
      model: readWriteLock({ ...leave, cells: LeavesQuietly }),
      finds: forEver
    }]
  },
  {
    name: "one dies who reads or writes",
    model: readWriteLock(death),
    states: 5000,
    mutants: [
      { name: "nobody looks for the dead", model: readWriteLock({ ...death, cells: NeverLooks }), finds: forEver },
      {
        name: "what a dead one has written is not suspect",
        model: readWriteLock({ ...death, cells: FreesWhatTheDeadWrote }),
        finds: /has died writing/
      }
    ]
  }
]

export const longCases: ReadonlyArray<Case> = [
  { name: "two write and one reads, and turns are given", model: readWriteLock(hasty), states: 25000 },
  { name: "one of three dies who reads or writes", model: readWriteLock(deaths), states: 100000 },
  {
    name: "two of three die who read or write, and turns are given",
    model: readWriteLock({ ...deaths, deaths: 2, isHasty: true }),
    states: 500
  },
  {
    name: "three write, read or leave, one of them twice",
    model: readWriteLock({
      clients: [leaving(blocking("write")), leaving(inLoop("read")), blocking("write", 2)],
      timeouts: "never",
      isHasty: true
    }),
    states: 500
  }
]
