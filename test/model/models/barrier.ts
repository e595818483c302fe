/** `BarrierCells`: all pass a round or none does, also if one leaves or dies. */
import { BarrierCells } from "../../../src/internal/shared/barrierCells.ts"
import type { Model } from "../model.ts"
import type { Sim } from "../replay.ts"
import { memberCells, Sleeper, watch } from "./members.ts"
import type { Inner, Waits } from "./members.ts"
import { altered, assert, change, osThreads } from "./world.ts"
import type { Case } from "./world.ts"

const Cell = { parties: 1, waiting: 2, broken: 3 } as const
const End = { none: 0, passed: 1, broken: 2 } as const

interface Client extends Waits {
  readonly rounds: number
  /** How many fibers of the thread come in each round. */
  readonly fibers?: number
}

interface Options {
  readonly clients: ReadonlyArray<Client>
  readonly timeouts: Model["timeouts"]
  readonly deaths?: number
  readonly cells?: typeof BarrierCells
}

/** All fibers of a thread come and wait, until the round has ended for all of them. */
class Party {
  private readonly sim: Sim
  private readonly shared: BarrierCells
  private readonly sleeper: Sleeper
  private readonly fibers: number
  private doing = ""
  /** Whether somebody had died before it came. */
  isDoomed = false

  constructor(sim: Sim, shared: BarrierCells, client: Client) {
    this.shared = shared
    this.sleeper = new Sleeper(sim, client)
    this.fibers = client.fibers ?? 1
    this.sim = sim
    watch(shared, sim, () => `${this.doing} ${this.isDoomed}`, () => {
      if (this.doing.includes("comes")) sim.at(`comes ${this.doing}`)
    })
  }

  round(round: number): "passed" | "broken" | "left" {
    const { shared } = this
    let waiting = 0
    for (let i = 0; i < this.fibers; i++) {
      this.doing = `${round} comes ${i}`
      const { end, place } = shared.arrive()
      if (place === undefined) return "broken"
      this.sim.at(`came ${round}`)
      if (place < shared.parties - 1) waiting++
      else {
        assert(waiting === 0 || end === End.passed, "The last one came, and others here did not hear of it.")
        return "passed"
      }
    }
    for (let isOverdue = false;;) {
      this.doing = `${round} looks`
      const end = shared.look(isOverdue)
      if (end !== End.none) return end === End.passed ? "passed" : "broken"
      const turn = this.sleeper.sleep(shared)
      if (turn === "left") {
        this.doing = `${round} leaves`
        return shared.leave() === End.passed ? "passed" : "left"
      }
      isOverdue = turn === "overdue"
    }
  }
}

const barrier = (options: Options) => (): Model => {
  const { cells: Cells = BarrierCells, clients, deaths = 0, timeouts } = options
  const memory = new Int32Array(2000)
  memory[Cell.parties] = clients.reduce((sum, { fibers = 1 }) => sum + fibers, 0)
  const world = osThreads(clients.length)
  const { isFree, model } = memberCells(new Cells(memory, world.threads[0]!), world, [Cell.parties])

  return {
    ...model,
    timeouts,
    deaths,
    // For one who has died before it came everybody waits, for all that a barrier knows.
    mayDie: (place) => place.startsWith("came"),
    threads: clients.map((client, me) => (sim) => {
      const shared = new Cells(memory, world.threads[me]!)
      const party = new Party(sim, shared, client)
      for (let round = 1; round <= client.rounds; round++) {
        party.isDoomed = deaths > 0 && clients.some((_, i) => i !== me && !sim.isRunning(i + 1))
        const how = party.round(round)
        assert(!party.isDoomed || how !== "passed", "One has passed, though another had died.")
        sim.at(`${how} ${round}`)
        if (how !== "passed") {
          assert(deaths > 0 || clients.some(({ givesUp }) => givesUp), "It broke for no reason.")
          return
        }
      }
    }),
    invariant: (now) => {
      const places = now.places.map((place) => place.split(" "))
      for (const [how, passed] of places) {
        if (how !== "passed") continue
        const areThere = places.every(([how, round = "0"]) => how === "dead" || Number(round) >= Number(passed))
        assert(areThere, "One has passed, and another has not come.")
        const areBroken = places.some(([how, round]) => (how === "broken" || how === "left") && round === passed)
        assert(!areBroken, "One has passed, and for another it broke.")
      }
      if (isFree(now)) assert(now.read(memory, Cell.waiting) <= memory[Cell.parties]!, "There are too many.")
    }
  }
}

const blocking = (rounds: number): Client => ({ rounds, waits: "blocking" })
const inLoop = (rounds: number, fibers = 1): Client => ({ rounds, waits: "async", fibers })
const leaving = (client: Client): Client => ({ ...client, givesUp: true })

interface Own extends Inner {
  run(change: (mine: number) => void): number
}

const LeavesQuietly = altered(BarrierCells, {
  leave(this: Own) {
    return this.run((mine) => {
      this.monitor.set(Cell.waiting, this.monitor.get(Cell.waiting) - 1)
      this.monitor.set(mine + 2, 0)
    })
  }
})

const BuriesQuietly = altered(BarrierCells, {
  bury(this: Own) {
    this.members.sweep(() => {})
  }
})

const NeverHears = altered(BarrierCells, {
  look(this: BarrierCells, isOverdue: boolean) {
    BarrierCells.prototype.look.call(this, isOverdue)
    return End.none
  }
})

const two: Options = { clients: [blocking(2), inLoop(2)], timeouts: "never" }
const three: Options = { clients: [blocking(1), inLoop(1), blocking(1)], timeouts: "never" }
const fibers: Options = { clients: [blocking(2), inLoop(2, 2)], timeouts: 1 }
const leave: Options = { clients: [leaving(blocking(1)), leaving(inLoop(1)), blocking(1)], timeouts: "never" }
const death: Options = { clients: [blocking(1), inLoop(1)], timeouts: "idle", deaths: 1 }
const deaths: Options = { clients: [blocking(1), inLoop(1), blocking(1)], timeouts: "idle", deaths: 1 }

const forEver = /for ever/

export const cases: ReadonlyArray<Case> = [
  {
    name: "two threads wait at a barrier twice",
    model: barrier(two),
    states: 200,
    mutants: [
      { name: "nobody is woken", mutation: change("notify", () => undefined), finds: forEver },
      { name: "nobody hears how it ended", model: barrier({ ...two, cells: NeverHears }), finds: forEver }
    ]
  },
  { name: "two fibers of a thread and one of another wait at a barrier twice", model: barrier(fibers), states: 500 },
  { name: "three threads wait at a barrier", model: barrier(three), states: 1000 },
  {
    name: "two of three leave a barrier",
    model: barrier(leave),
    states: 200,
    mutants: [{
      name: "who leaves does not break it",
      model: barrier({ ...leave, cells: LeavesQuietly }),
      finds: forEver
    }]
  },
  { name: "one of two dies at a barrier", model: barrier(death), states: 200 },
  {
    name: "one of three dies at a barrier",
    model: barrier(deaths),
    states: 200,
    mutants: [{
      name: "who has died does not break it",
      model: barrier({ ...deaths, cells: BuriesQuietly }),
      finds: /though another had died/
    }]
  }
]

export const longCases: ReadonlyArray<Case> = [
  {
    name: "two of three die, or leave, at a barrier",
    model: barrier({ clients: [leaving(blocking(1)), leaving(inLoop(1)), blocking(1)], timeouts: "idle", deaths: 2 }),
    states: 500
  }
]
