/** `SemaphoreCells`: permits, whose turn it is, those who leave, and what the dead have held. */
import { add, load, pause } from "../../../src/internal/atomics.ts"
import type { Monitor } from "../../../src/internal/shared/monitor.ts"
import { SemaphoreCells } from "../../../src/internal/shared/semaphoreCells.ts"
import type { Model } from "../model.ts"
import type { Sim } from "../replay.ts"
import { memberCells, Sleeper, watch } from "./members.ts"
import type { Inner, Waits } from "./members.ts"
import { altered, assert, change, osThreads } from "./world.ts"
import type { Case } from "./world.ts"

/** As in the primitive: its cells, and those of a row after number and mailbox. */
const Cell = { free: 1, bound: 2, overtaken: 3 } as const
const held = 2
const patience = 8

interface Client extends Waits {
  readonly permits: number
  readonly rounds: number
  /** Gives back only once so many have come this far. */
  readonly meets?: number
}

interface Options {
  readonly permits: number
  readonly clients: ReadonlyArray<Client>
  readonly timeouts: Model["timeouts"]
  readonly deaths?: number
  /** To overtake once is to overtake often. */
  readonly isHasty?: boolean
  readonly cells?: typeof SemaphoreCells
}

class Taker {
  private readonly shared: SemaphoreCells
  private readonly permits: number
  private readonly sleeper: Sleeper
  doing = ""

  constructor(shared: SemaphoreCells, sim: Sim, client: Client) {
    this.shared = shared
    this.permits = client.permits
    this.sleeper = new Sleeper(sim, client)
    watch(shared, sim, () => this.doing, () => {
      if (this.doing.endsWith("gives back")) sim.at("")
    })
  }

  /** False if it has left instead of waiting. */
  take(round: number): boolean {
    const { permits, shared } = this
    this.doing = `${round} takes`
    if (shared.take(permits, true, false)) return true
    for (let isOverdue = false;;) {
      this.doing = `${round} takes ${isOverdue}`
      if (shared.take(permits, true, true, isOverdue)) return true
      const turn = this.sleeper.sleep(shared)
      if (turn === "left") {
        this.doing = `${round} leaves`
        shared.leave()
        return false
      }
      isOverdue = turn === "overdue"
      this.doing = `${round} looks`
      if (isOverdue) shared.look()
    }
  }
}

/** Who overtakes once has done so as often as may be. */
const hasten = (monitor: Monitor): void => {
  const set = monitor.set.bind(monitor)
  monitor.set = (cell, value) => set(cell, cell === Cell.overtaken && value > 0 ? value + patience - 1 : value)
}

const semaphore = (options: Options) => (): Model => {
  const { cells: Cells = SemaphoreCells, clients, deaths = 0, isHasty = false, permits, timeouts } = options
  const memory = new Int32Array(2000)
  memory[Cell.free] = memory[Cell.bound] = permits
  const met = new Int32Array(1)
  const world = osThreads(clients.length)
  const { isFree, model, rows } = memberCells(new Cells(memory, world.threads[0]!), world, [Cell.bound], { met })

  return {
    ...model,
    timeouts,
    deaths,
    threads: clients.map((client, me) => (sim) => {
      const shared = new Cells(memory, world.threads[me]!)
      if (isHasty) hasten((shared as unknown as Own).monitor)
      const taker = new Taker(shared, sim, client)
      for (let round = 0; round < client.rounds; round++) {
        if (!taker.take(round)) continue
        sim.at(`has ${client.permits}`)
        taker.doing = `${round} gives back`
        if (client.meets !== undefined) {
          add(met, 0, 1)
          while (load(met, 0) < client.meets) pause()
        }
        assert(shared.giveBack(client.permits, true), "It could not be given back.")
      }
    }),
    invariant: (now) => {
      const had = now.places.reduce((sum, place) => sum + Number(/has (\d)/.exec(place)?.[1] ?? 0), 0)
      assert(had <= permits, "More permits are had than there are.")
      assert(now.read(memory, Cell.overtaken) <= patience, "The first in line was overtaken time and again.")
      if (!isFree(now)) return
      const noted = clients.reduce((sum, _, row) => sum + now.read(memory, rows[row]! + held), 0)
      assert(now.read(memory, Cell.free) + noted === permits, "A permit was lost, or made.")
    },
    end: ({ places, read }) => {
      if (!places.includes("dead")) assert(read(memory, Cell.free) === permits, "A permit was not given back.")
    }
  }
}

const blocking = (permits: number, rounds: number): Client => ({ permits, rounds, waits: "blocking" })
const inLoop = (permits: number, rounds: number): Client => ({ permits, rounds, waits: "async" })
const leaving = (client: Client): Client => ({ ...client, givesUp: true })

interface Own extends Inner {
  readonly first: number | undefined
  lineUp(mine: number, permits: number): void
  leaveLine(mine: number): void
  wakeFirst(): void
}

/** As in production, but for what is said. */
const taking = (but: { readonly wakesNobody?: boolean; readonly overtakesAll?: boolean; readonly isNoted?: boolean }) =>
  altered(SemaphoreCells, {
    take(this: SemaphoreCells, permits: number, isScoped: boolean, waits: boolean, isOverdue = false): boolean {
      const own = this as unknown as Own
      const { members, monitor } = own
      return monitor.run(() => {
        const { mine } = members
        const { first } = own
        const overtakes = first !== undefined && first !== mine
        const overtaken = monitor.get(Cell.overtaken)
        const free = monitor.get(Cell.free)
        if (free < permits || overtakes && overtaken >= patience && !isOverdue && but.overtakesAll !== true) {
          if (waits) own.lineUp(mine, permits)
          return false
        }
        monitor.set(Cell.free, free - permits)
        if (isScoped && but.isNoted !== false) monitor.set(mine + held, monitor.get(mine + held) + permits)
        if (waits) own.leaveLine(mine)
        monitor.set(Cell.overtaken, overtakes ? overtaken + 1 : 0)
        if (but.wakesNobody !== true) own.wakeFirst()
        return true
      })
    }
  })

const LeavesQuietly = altered(SemaphoreCells, {
  leave(this: Own) {
    this.monitor.run(() => this.leaveLine(this.members.mine))
  }
})

const BuriesWithAll = altered(SemaphoreCells, {
  look(this: Own) {
    this.monitor.run(() => this.members.sweep(() => {}))
  }
})

const NeverLooks = altered(SemaphoreCells, { look() {} })

const two: Options = { permits: 1, clients: [blocking(1, 2), inLoop(1, 2)], timeouts: 1 }
const three: Options = {
  permits: 2,
  clients: [blocking(2, 1), { ...blocking(1, 1), meets: 2 }, { ...inLoop(1, 1), meets: 2 }],
  timeouts: "never"
}
const leave: Options = {
  permits: 1,
  clients: [leaving(blocking(1, 1)), leaving(inLoop(1, 1)), blocking(1, 1)],
  timeouts: "never"
}
const overtaken: Options = {
  permits: 2,
  clients: [blocking(1, 2), blocking(1, 1), inLoop(2, 1)],
  timeouts: "never",
  isHasty: true
}
const death: Options = { permits: 2, clients: [blocking(1, 2), inLoop(2, 1)], timeouts: "idle", deaths: 1 }
const deaths: Options = {
  permits: 2,
  clients: [blocking(1, 1), inLoop(2, 1), blocking(1, 1)],
  timeouts: "idle",
  deaths: 1,
  isHasty: true
}

const forEver = /for ever/
const miscounted = /A permit was lost, or made|More permits are had/

export const cases: ReadonlyArray<Case> = [
  {
    name: "two threads take the permit of a semaphore",
    model: semaphore(two),
    states: 2500,
    mutants: [
      {
        name: "nobody is woken",
        model: semaphore({ ...two, timeouts: "never" }),
        mutation: change("notify", () => undefined),
        finds: forEver
      },
      {
        name: "the mailbox stays as it was",
        model: semaphore({ ...two, timeouts: "never" }),
        mutation: change("add", () => undefined),
        finds: forEver
      },
      {
        name: "what is had is not noted",
        model: semaphore({ ...two, cells: taking({ isNoted: false }) }),
        finds: miscounted
      }
    ]
  },
  {
    name: "three threads take permits of a semaphore",
    model: semaphore(three),
    states: 5000,
    mutants: [{
      name: "who was served does not wake the next in line",
      model: semaphore({ ...three, cells: taking({ wakesNobody: true }) }),
      finds: forEver
    }]
  },
  {
    name: "who is first in line at a semaphore is overtaken",
    model: semaphore(overtaken),
    states: 10000,
    mutants: [{
      name: "time and again",
      model: semaphore({ ...overtaken, cells: taking({ overtakesAll: true }) }),
      finds: /time and again/
    }]
  },
  {
    name: "two leave the line of a semaphore",
    model: semaphore(leave),
    states: 10000,
    mutants: [{
      name: "who leaves keeps its wake-up",
      model: semaphore({ ...leave, cells: LeavesQuietly }),
      finds: forEver
    }]
  },
  {
    name: "one of two dies at a semaphore",
    model: semaphore(death),
    states: 500,
    mutants: [
      {
        name: "what the dead have held is lost",
        model: semaphore({ ...death, cells: BuriesWithAll }),
        finds: miscounted
      },
      { name: "nobody looks for the dead", model: semaphore({ ...death, cells: NeverLooks }), finds: forEver }
    ]
  }
]

/** Too long for each day. */
export const longCases: ReadonlyArray<Case> = [
  { name: "one of three dies at a semaphore", model: semaphore(deaths), states: 50000 },
  {
    name: "two of three die at a semaphore",
    model: semaphore({ ...deaths, deaths: 2 }),
    states: 50000
  },
  {
    name: "three threads take permits of a semaphore, or leave, one of them twice",
    model: semaphore({
      permits: 2,
      clients: [leaving(blocking(1, 1)), leaving(inLoop(2, 1)), blocking(1, 2)],
      timeouts: "never",
      isHasty: true
    }),
    states: 50000
  }
]
