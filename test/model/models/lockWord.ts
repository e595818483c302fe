/** `LockWord`: exclusion, wake-ups, reserved turns, those who give up, and those who die. */
import { load, notify, store, waitAsync } from "../../../src/internal/atomics.ts"
import { Contender, LockWord } from "../../../src/internal/shared/lockWord.ts"
import type { Attempt } from "../../../src/internal/shared/lockWord.ts"
import type { OsThreads } from "../../../src/internal/shared/osThreads.ts"
import type { Model } from "../explore.ts"
import type { Sim } from "../replay.ts"
import { assert, change, osThreads } from "./world.ts"
import type { Case } from "./world.ts"

const index = 0
/** What the lock is for: 0 but while somebody is at it. */
const data = 1

/** Production's, which tells the model what it depends on when it tries once more. */
export class Watched extends LockWord {
  readonly me: number
  private readonly sim: Sim
  private readonly isHasty: boolean
  /** What the model's own code depends on. */
  state = ""

  constructor(cells: Int32Array, threads: OsThreads, sim: Sim, isHasty: boolean) {
    super(cells, index, threads)
    this.me = threads.me
    this.sim = sim
    this.isHasty = isHasty
  }

  private point(before: string, { hasWaited, isOverdue, lost }: Contender): void {
    this.sim.point(`${this.state} ${before} ${hasWaited} ${isOverdue} ${Math.min(lost, 9)} ${this.lastDead}`)
  }

  override take(contender: Contender | undefined): Attempt {
    if (contender !== undefined) this.point("take", contender)
    return super.take(contender)
  }

  override prepare(contender: Contender): number | undefined {
    this.point("prepare", contender)
    return super.prepare(contender)
  }

  /** To lose once is to lose often, if the threads are to be few. */
  override woken(contender: Contender, isOverdue: boolean): void {
    super.woken(contender, isOverdue)
    if (this.isHasty) contender.lost += 2
  }
}

/** What one thread does with the lock. */
interface Client {
  /** Blocks, or waits in its event loop as a shared lock's fibers do. */
  readonly waits: "blocking" | "async"
  readonly rounds: number
  /** Whether it may leave, each time, instead of going on to wait. */
  readonly givesUp?: boolean
  /** Has a turn reserved once it has lost one. */
  readonly isHasty?: boolean
  /** What it does where somebody died. */
  readonly repair?: "well" | "badly"
}

interface Options {
  readonly clients: ReadonlyArray<Client>
  readonly timeouts: Model["timeouts"]
  readonly deaths?: number
  readonly lock?: new(cells: Int32Array, threads: OsThreads, sim: Sim, isHasty: boolean) => Watched
}

const gone = new Error("It has given up.")

/** As `SharedMutex` has it for one fiber at a time. */
class InLoop {
  private readonly sim: Sim
  private readonly word: Watched
  private readonly givesUp: boolean
  /** A wait that was begun goes on when nobody is in line any more, and serves whoever comes next. */
  private isArmed = false

  constructor(sim: Sim, word: Watched, givesUp: boolean) {
    this.sim = sim
    this.word = word
    this.givesUp = givesUp
  }

  take(): Attempt | "gone" {
    const { sim, word } = this
    const contender = new Contender()
    const first = word.takeFresh()
    if (first !== "held") return first
    for (;;) {
      const attempt = word.take(contender)
      if (attempt !== "held") return attempt
      const expected = word.prepare(contender)
      if (expected === undefined) continue
      if (!this.isArmed) {
        this.isArmed = waitAsync(word.cells, word.index, expected, () => {
          this.isArmed = false
        })
        if (!this.isArmed) {
          word.woken(contender, false)
          continue
        }
      }
      const turn = sim.turn({ isInterruptible: this.givesUp })
      if (turn === "interrupted") {
        word.giveUp(contender)
        return "gone"
      }
      word.woken(contender, turn === "timer")
    }
  }

  rest(): void {
    while (this.isArmed) {
      this.sim.point("rest")
      this.sim.turn({ mayRest: true })
      this.word.passOn()
    }
  }
}

const takeBlocking = (sim: Sim, word: Watched, givesUp: boolean): Attempt | "gone" => {
  try {
    return word.takeBlocking(() => {
      if (givesUp && sim.choose(2) === 1) throw gone
    })
  } catch (error) {
    if (error !== gone) throw error
    return "gone"
  }
}

/** Nobody else may be at it, nor have died at it. */
const work = (sim: Sim, cells: Int32Array): void => {
  sim.at("inside")
  assert(load(cells, data) === 0, "It was entered while somebody was at it, or had died at it.")
  store(cells, data, 1)
  store(cells, data, 0)
}

const repair = (sim: Sim, word: Watched, how: "well" | "badly"): void => {
  word.look()
  const dead = word.takeForRepair()
  if (dead === undefined) return
  sim.at("inside")
  store(word.cells, data, 1)
  if (how === "well") store(word.cells, data, 0)
  sim.at("")
  if (how === "well") word.release()
  else word.releaseUnrepaired(dead)
}

const lockWord = (options: Options) => (): Model => {
  const { clients, deaths = 0, lock = Watched, timeouts } = options
  const cells = new Int32Array(2)
  const { isConstant, table, threads } = osThreads(clients.length)

  const client = (sim: Sim, me: number) => {
    const { givesUp = false, isHasty = false, repair: how, rounds, waits } = clients[me]!
    const word = new lock(cells, threads[me]!, sim, isHasty)
    const inLoop = new InLoop(sim, word, givesUp)
    let isBad = how === "badly"
    for (let round = 0; round < rounds; round++) {
      let attempt: Attempt | "gone"
      for (;;) {
        word.state = `${round} ${isBad}`
        attempt = waits === "blocking" ? takeBlocking(sim, word, givesUp) : inLoop.take()
        if (attempt !== "abandoned") break
        assert(deaths > 0, "It was abandoned, and nobody has died.")
        if (how === undefined) break
        repair(sim, word, isBad ? "badly" : "well")
        isBad = false
      }
      if (attempt === "taken") {
        work(sim, cells)
        sim.at("")
        word.release()
      }
      sim.point(`round ${round} ${isBad} ${word.lastDead}`)
    }
    inLoop.rest()
  }

  return {
    memory: { word: cells, table },
    isConstant,
    threads: clients.map((_, me) => (sim) => client(sim, me)),
    timeouts,
    deaths,
    invariant: ({ places }) => {
      assert(places.filter((place) => place === "inside").length <= 1, "Two have it at once.")
    },
    end: ({ places, read }) => {
      if (places.includes("dead")) return
      assert(read(cells, index) >>> 4 === 0, "Somebody seems to have it still.")
      assert(read(cells, data) === 0, "Somebody is at it still.")
    }
  }
}

const blocking = (rounds: number): Client => ({ waits: "blocking", rounds })
const inLoop = (rounds: number): Client => ({ waits: "async", rounds })
const leaving = (client: Client): Client => ({ ...client, givesUp: true })
const hasty = (client: Client): Client => ({ ...client, isHasty: true })
const repairing = (client: Client, repair: "well" | "badly" = "well"): Client => ({ ...client, repair })

class InTwoSteps extends Watched {
  override takeFresh(): Attempt {
    if (load(this.cells, index) !== 0) return this.take(undefined)
    store(this.cells, index, this.me << 4)
    return "taken"
  }
}

class KeepsWakeUps extends Watched {
  override passOn(): void {}
}

class PassesOnToNobody extends Watched {
  override passOn(): void {
    if (this.owner === 0) notify(this.cells, index)
  }
}

class NeverLooks extends Watched {
  override look(): void {}
}

class RepairsWithOthers extends Watched {
  override takeForRepair(): number | undefined {
    const dead = this.deadOwner
    if (dead !== undefined) store(this.cells, index, this.me << 4 | 4 | 1)
    return dead
  }
}

class SaysItIsRepaired extends Watched {
  override releaseUnrepaired(): void {
    this.release()
  }
}

class KeepsItsReservation extends Watched {
  override giveUp(): void {
    this.passOn()
  }
}

const forEver = /for ever/
const inDanger = /while somebody was at it, or had died at it|Two have it at once/

const two: Options = { clients: [blocking(2), blocking(2)], timeouts: "never" }
const mixed: Options = { clients: [blocking(1), blocking(1), inLoop(1)], timeouts: "never" }
const reserved: Options = { clients: [blocking(2), hasty(blocking(1)), inLoop(1)], timeouts: "never" }
const leavingSync: Options = { clients: [leaving(blocking(1)), blocking(1), inLoop(1)], timeouts: "never" }
const leavingLoop: Options = { clients: [leaving(inLoop(1)), inLoop(1), inLoop(2)], timeouts: "never" }
const leavingTwice: Options = { clients: [leaving(inLoop(2)), leaving(hasty(blocking(2)))], timeouts: "never" }
const leavingHasty: Options = { clients: [leaving(hasty(inLoop(1))), inLoop(1), inLoop(2)], timeouts: "never" }
const death: Options = { clients: [repairing(blocking(2)), repairing(inLoop(1), "badly")], timeouts: 1, deaths: 1 }
const deaths: Options = {
  clients: [repairing(blocking(1)), repairing(blocking(1)), repairing(blocking(1))],
  timeouts: "idle",
  deaths: 2
}

export const cases: ReadonlyArray<Case> = [
  {
    name: "two threads take a lock twice",
    model: lockWord(two),
    states: 3000,
    mutants: [
      { name: "taken in two steps", model: lockWord({ ...two, lock: InTwoSteps }), finds: inDanger },
      { name: "no notification", mutation: change("notify", () => undefined), finds: forEver },
      {
        name: "a waiter does not tell that it waits",
        mutation: change("compareExchange", (op) => op.a !== 0 && op.a >> 4 === op.b >> 4 ? { ...op, b: op.a } : op),
        finds: forEver
      }
    ]
  },
  {
    name: "two that block and one in its event loop take a lock",
    model: lockWord(mixed),
    states: 25_000,
    mutants: [{
      name: "who was woken forgets the other waiters",
      mutation: change("compareExchange", (op) => op.a >> 4 === 0 ? { ...op, b: op.b & ~1 } : op),
      finds: forEver
    }]
  },
  {
    name: "turns of a lock are reserved",
    model: lockWord(reserved),
    states: 100_000,
    mutants: [{
      name: "one is woken, whoever it is reserved for",
      mutation: change("notify", (op) => ({ ...op, a: 1 })),
      finds: forEver
    }]
  },
  { name: "one that blocks leaves instead of waiting for a lock", model: lockWord(leavingSync), states: 30_000 },
  {
    name: "one in its event loop leaves instead of waiting for a lock",
    model: lockWord(leavingLoop),
    states: 30_000,
    mutants: [
      { name: "it keeps its wake-up", model: lockWord({ ...leavingLoop, lock: KeepsWakeUps }), finds: forEver },
      {
        name: "it passes it on only while nobody has the lock",
        model: lockWord({ ...leavingLoop, lock: PassesOnToNobody }),
        finds: forEver
      }
    ]
  },
  { name: "two leave, and come back to what they have left", model: lockWord(leavingTwice), states: 1000 },
  {
    name: "one leaves for whom a turn of a lock is reserved",
    model: lockWord(leavingHasty),
    states: 100_000,
    mutants: [{
      name: "it stays reserved",
      model: lockWord({ ...leavingHasty, lock: KeepsItsReservation }),
      finds: forEver
    }]
  },
  {
    name: "one of two dies at a lock",
    model: lockWord(death),
    states: 1000,
    mutants: [
      {
        name: "nobody looks whether the owner lives",
        model: lockWord({ ...death, lock: NeverLooks }),
        finds: /for ever/
      },
      {
        name: "a dead owner's lock is free",
        mutation: change("compareExchange", (op) => (op.b & 2) !== 0 ? { ...op, b: 0 } : op),
        finds: inDanger
      },
      { name: "a bad repair will do", model: lockWord({ ...death, lock: SaysItIsRepaired }), finds: inDanger }
    ]
  },
  {
    name: "two of three die at a lock",
    model: lockWord(deaths),
    states: 100_000,
    mutants: [{
      name: "two repair at once",
      model: lockWord({ ...deaths, lock: RepairsWithOthers }),
      finds: inDanger
    }]
  }
]

/** Too long for each day. */
export const longCases: ReadonlyArray<Case> = [
  {
    name: "three threads take a lock, two of them twice",
    model: lockWord({ clients: [blocking(2), blocking(2), blocking(1)], timeouts: "never" }),
    states: 500_000
  },
  {
    name: "all who leave instead of waiting for a lock have a turn reserved",
    model: lockWord({
      clients: [leaving(hasty(inLoop(1))), leaving(hasty(inLoop(1))), leaving(hasty(blocking(2)))],
      timeouts: "never"
    }),
    states: 500_000
  },
  {
    name: "one of three dies at a lock whose turns are reserved",
    model: lockWord({
      clients: [hasty(repairing(blocking(1))), hasty(repairing(blocking(1))), hasty(repairing(blocking(2)))],
      timeouts: "idle",
      deaths: 1
    }),
    states: 800_000
  },
  {
    name: "one of three dies at a lock, and waits time out at any moment",
    model: lockWord({
      clients: [repairing(blocking(1)), repairing(blocking(1)), repairing(inLoop(1), "badly")],
      timeouts: 1,
      deaths: 1
    }),
    states: 800_000
  }
]
