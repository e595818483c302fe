/** `LockWord`: exclusion, wake-ups, reserved turns, those who give up, and those who die. */
import { load, store, waitAsync } from "../../../src/internal/atomics.ts"
import { Contender, LockWord } from "../../../src/internal/shared/lockWord.ts"
import type { Attempt } from "../../../src/internal/shared/lockWord.ts"
import type { OsThreads } from "../../../src/internal/shared/osThreads.ts"
import type { Model } from "../model.ts"
import type { Sim } from "../replay.ts"
import { assert, osThreads } from "./world.ts"

export const index = 0
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
export interface Client {
  /** Blocks, or waits in its event loop as a shared lock's fibers do. */
  readonly waits: "blocking" | "async"
  readonly rounds: number
  /** Whether it may leave, each time, instead of going on to wait. */
  readonly givesUp?: boolean
  /** Has a turn reserved once it has lost one. */
  readonly isHasty?: boolean
  /** Whether synchronous code in its OS thread blocks for the lock, once, while it waits in its event loop. */
  readonly blocks?: "knowingly" | "unknowingly"
  /** What it does where somebody died. */
  readonly repair?: "well" | "badly"
}

export interface Options {
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
  private blocks: Client["blocks"]
  /** A wait that was begun goes on when nobody is in line any more, and serves whoever comes next. */
  private isArmed = false

  constructor(sim: Sim, word: Watched, givesUp: boolean, blocks: Client["blocks"]) {
    this.sim = sim
    this.word = word
    this.givesUp = givesUp
    this.blocks = blocks
  }

  /** As `SharedMutex.takeBlocking`, which knows whether a wait of the event loop's is under way. */
  private block(): void {
    const { sim, word } = this
    const contender = new Contender()
    contender.isOverdue = this.blocks === "knowingly"
    this.blocks = undefined
    const { state } = word
    word.state = `${state} blocked`
    word.takeBlocking(() => {}, contender)
    work(sim, word.cells)
    sim.at("")
    word.release()
    word.state = `${state} has blocked`
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
      if (this.blocks !== undefined && sim.choose(2) === 1) this.block()
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

export const lockWord = (options: Options) => (): Model => {
  const { clients, deaths = 0, lock = Watched, timeouts } = options
  const cells = new Int32Array(2)
  const { isConstant, table, threads } = osThreads(clients.length)

  const client = (sim: Sim, me: number) => {
    const { blocks, givesUp = false, isHasty = false, repair: how, rounds, waits } = clients[me]!
    const word = new lock(cells, threads[me]!, sim, isHasty)
    const inLoop = new InLoop(sim, word, givesUp, blocks)
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
