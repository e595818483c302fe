/** `ConditionCells`, with a `LockWord`: notifications reach sleepers, also if one leaves or dies. */
import { load, store } from "../../../src/internal/atomics.ts"
import { ConditionCells } from "../../../src/internal/shared/conditionCells.ts"
import type { Model } from "../model.ts"
import type { Sim } from "../replay.ts"
import { Watched } from "./lockWord.ts"
import { memberCells, Sleeper, watch } from "./members.ts"
import type { Inner, Waits } from "./members.ts"
import { altered, assert, change, osThreads } from "./world.ts"
import type { Case } from "./world.ts"

/** How much there is to be had by those who wait for something. */
const stock = 0

interface Client extends Waits {
  /** Waits until there is something, and takes it; or puts one there and notifies one, so many times; or does both in turn. */
  readonly does: "takes" | "puts" | "borrows"
  readonly rounds: number
}

interface Options {
  readonly clients: ReadonlyArray<Client>
  readonly timeouts: Model["timeouts"]
  readonly deaths?: number
  readonly cells?: typeof ConditionCells
}

class User {
  private readonly sim: Sim
  private readonly shared: ConditionCells
  private readonly word: Watched
  private readonly goods: Int32Array
  private readonly sleeper: Sleeper
  private doing = ""

  constructor(sim: Sim, shared: ConditionCells, word: Watched, goods: Int32Array, client: Client) {
    this.sim = sim
    this.shared = shared
    this.word = word
    this.goods = goods
    this.sleeper = new Sleeper(sim, client)
    watch(shared, sim, () => this.doing)
  }

  private lock(doing: string): boolean {
    const { shared, word } = this
    word.state = `${doing} ${Object.values(shared).filter((value) => typeof value === "number").join(" ")}`
    return word.takeBlocking(() => {}) === "taken"
  }

  put(round: number): void {
    const { goods, shared, word } = this
    if (!this.lock(`${round} puts`)) return
    store(goods, stock, load(goods, stock) + 1)
    this.doing = `${round} notifies`
    shared.notify(1)
    this.sim.at("")
    word.release()
  }

  take(round: number): "taken" | "left" | "abandoned" {
    const { goods, shared, sim, word } = this
    if (!this.lock(`${round} takes`)) return "abandoned"
    while (load(goods, stock) === 0) {
      this.doing = `${round} falls asleep`
      shared.fallAsleep()
      word.release()
      const how = this.sleep(round)
      if (!this.lock(`${round} ${how}`)) return "abandoned"
      if (how === "abandoned") return how
      if (how === "left, notified") {
        this.doing = `${round} passes it on`
        shared.notify(1)
      }
      if (how !== "left") {
        this.doing = `${round} settles ${how}`
        shared.settle()
      }
      if (how !== "notified") {
        word.release()
        return "left"
      }
    }
    sim.at("inside")
    store(goods, stock, load(goods, stock) - 1)
    sim.at("has")
    word.release()
    return "taken"
  }

  /** As `waitSync` has it. */
  private sleep(round: number): "notified" | "left" | "left, notified" | "abandoned" {
    const { shared, word } = this
    for (;;) {
      this.doing = `${round} collects`
      if (shared.collect(1) > 0) return "notified"
      const turn = this.sleeper.sleep(shared)
      if (turn === "woken") continue
      if (turn === "overdue") {
        this.doing = `${round} looks`
        shared.look()
        word.look()
        if (word.deadOwner === undefined) continue
      }
      this.doing = `${round} leaves, ${turn}`
      if (shared.leave()) return turn === "left" ? turn : "abandoned"
      this.doing = `${round} collects, ${turn}`
      assert(shared.collect(1) > 0, "It could not leave, and was not notified.")
      return "left, notified"
    }
  }
}

const condition = (options: Options) => (): Model => {
  const { cells: Cells = ConditionCells, clients, deaths = 0, timeouts } = options
  const goods = new Int32Array(1)
  const lock = new Int32Array(1)
  const world = osThreads(clients.length)
  const { model } = memberCells(new Cells(new Int32Array(2000), world.threads[0]!), world, [], { goods, lock })

  return {
    ...model,
    timeouts,
    deaths,
    // Who dies with what others wait for has them wait for ever, for all that a condition knows.
    mayDie: (place) => place === "" || place === "inside",
    threads: clients.map((client, me) => (sim) => {
      const threads = world.threads[me]!
      const shared = new Cells(model.memory.memory!, threads)
      const user = new User(sim, shared, new Watched(lock, threads, sim, false), goods, client)
      for (let round = 0; round < client.rounds; round++) {
        if (client.does === "puts") sim.at("has")
        else if (user.take(round) !== "taken") return "left"
        if (client.does !== "takes") user.put(round)
      }
      return "done"
    }),
    invariant: ({ places }) => {
      assert(places.filter((place) => place === "inside").length <= 1, "Two have the lock at once.")
    },
    end: ({ places, read, returned }) => {
      if (places.includes("dead")) return
      const put = clients.reduce((sum, { does, rounds }) => does === "puts" ? sum + rounds : sum, 0)
      const taken = clients.filter(({ does }, i) => does === "takes" && returned[i] === "done").length
      assert(read(goods, stock) === put - taken, "There is more or less than was put there.")
    }
  }
}

const takes = (waits: Client["waits"]): Client => ({ does: "takes", rounds: 1, waits })
const borrows = (waits: Client["waits"]): Client => ({ does: "borrows", rounds: 1, waits })
const puts = (rounds: number): Client => ({ does: "puts", rounds, waits: "blocking" })
const leaving = (client: Client): Client => ({ ...client, givesUp: true })

const LeavesWithIt = altered(ConditionCells, {
  leave(this: ConditionCells) {
    return ConditionCells.prototype.leave.call(this) || this.collect(1) >= 0
  }
})

const BuriesWithAll = altered(ConditionCells, {
  look(this: Inner) {
    this.monitor.run(() => this.members.sweep(() => {}))
  }
})

const one: Options = { clients: [takes("blocking"), puts(1)], timeouts: 1 }
const two: Options = { clients: [takes("blocking"), takes("async"), puts(2)], timeouts: "never" }
const leave: Options = { clients: [leaving(borrows("blocking")), borrows("async"), puts(1)], timeouts: "never" }
const death: Options = { clients: [borrows("blocking"), borrows("async"), puts(1)], timeouts: "idle", deaths: 1 }

const forEver = /for ever/

export const cases: ReadonlyArray<Case> = [
  {
    name: "one waits for a condition, and one notifies",
    model: condition(one),
    states: 200,
    mutants: [{
      name: "nobody is woken",
      model: condition({ ...one, timeouts: "never" }),
      mutation: change("notify", () => undefined),
      finds: forEver
    }]
  },
  {
    name: "one leaves a condition, and passes its notification on",
    model: condition(leave),
    states: 500,
    mutants: [{
      name: "it keeps its notification",
      model: condition({ ...leave, cells: LeavesWithIt }),
      finds: forEver
    }]
  },
  {
    name: "one dies at a condition, and another gets its notification",
    model: condition(death),
    states: 500,
    mutants: [{
      name: "nobody gets it",
      model: condition({ ...death, cells: BuriesWithAll }),
      finds: forEver
    }]
  }
]

export const longCases: ReadonlyArray<Case> = [
  { name: "two wait for a condition, and one notifies each", model: condition(two), states: 25000 }
]
