/** `SharedEventState`: nobody sleeps on who came before it was set, also if it was cleared at once; and nothing is left behind. */
import { add, load, pause, wait, waitAsync } from "../../../src/internal/atomics.ts"
import { isOdd } from "../../../src/internal/event.ts"
import { SharedEventState } from "../../../src/internal/shared/sharedEvent.ts"
import { SharedQueue } from "../../../src/internal/shared/sharedQueue.ts"
import { Waiter } from "../../../src/internal/waitQueue.ts"
import type { Model } from "../model.ts"
import type { Sim } from "../replay.ts"
import type { Waits } from "./members.ts"
import { altered, assert, change } from "./world.ts"
import type { Case } from "./world.ts"

/** Where the count is; before it lies an id. */
const at = 1

interface Client extends Waits {
  /** How often it comes, and waits till it may go on. */
  readonly rounds?: number
  /** How many fibers of the thread come in each round. */
  readonly fibers?: number
  /** Leaves as soon as it has come. */
  readonly isHasty?: boolean
}

interface Options {
  readonly clients: ReadonlyArray<Client>
  /** Whether each of those who turn it sets it, or clears it. */
  readonly turns: ReadonlyArray<ReadonlyArray<boolean>>
  /** Whether it is turned only once all have come; else it must be set in the end. */
  readonly isLate?: boolean
  readonly timeouts: Model["timeouts"]
  readonly event?: typeof SharedEventState
}

/** A fiber, as far as a line has to know it: it goes on at once. */
const fiber = {
  getRef: () => ({ daemon: true, blocked() {}, unblocked() {}, touch() {} }),
  currentDispatcher: { scheduleTask: (f: () => void) => f() }
} as unknown as Waiter<void>["fiber"]

const Untimed = altered(SharedQueue, { watch() {} })

/** Production's line, in an event loop of the model's. */
class Line extends Untimed<void> {
  private readonly event: SharedEventState
  private isArmed = false
  private microtask: (() => void) | undefined

  constructor(event: SharedEventState) {
    super(event, event)
    this.event = event
  }

  override sleep(cells: Int32Array, index: number, expected: number): void {
    if (this.isArmed) return
    this.isArmed = true
    const woken = () => {
      this.isArmed = false
      this.event.woken()
    }
    if (!waitAsync(cells, index, expected, woken)) this.microtask = woken
  }

  /** What those of its fibers who have not left yet depend on. */
  override toString(): string {
    const requests: Array<unknown> = []
    for (let waiter = this.first; waiter !== undefined; waiter = waiter.next) requests.push(waiter.request)
    return `${requests.join(" ")} ${this.isArmed} ${this.microtask !== undefined}`
  }

  turn(sim: Sim, isInterruptible: boolean): "interrupted" | undefined {
    const { microtask } = this
    this.microtask = undefined
    if (microtask !== undefined) return void microtask()
    const turn = sim.turn({ isInterruptible })
    if (turn === "timer") this.event.woken()
    return turn === "interrupted" ? turn : undefined
  }

  /** A wait on memory that nobody has any use for must end. */
  rest(sim: Sim): void {
    while (this.isArmed) {
      sim.point(`rests ${this}`)
      this.turn(sim, false)
    }
  }
}

/** Production's, which knows what it has seen last. */
interface Watched extends SharedEventState {
  seen: number
  /** Called with what it sees next. */
  comes: ((noted: number) => void) | undefined
}

const watched = (Event: typeof SharedEventState, memory: Int32Array): Watched =>
  new class extends Event implements Watched {
    seen = 0
    comes: ((noted: number) => void) | undefined = undefined

    override get changes(): number {
      const { comes } = this
      this.seen = super.changes
      this.comes = undefined
      comes?.(this.seen)
      return this.seen
    }
  }({ "~effect-threading/Shared": "Event", name: "event", memory, threads: memory })

const passes = ({ seen }: Watched, noted: number): void =>
  assert(isOdd(noted) || seen !== noted, "One goes on, though it was not set.")

const gone = new Error("It has given up.")

const waitBlocking = (sim: Sim, event: Watched, { givesUp = false }: Client, came: () => void): void => {
  let noted = 0
  event.comes = (changes) => {
    noted = changes
    came()
  }
  try {
    event.waitBlocking(Infinity, () => {
      sim.point(`asks ${noted}`)
      if (givesUp && sim.choose(2) === 1) throw gone
    })
    passes(event, noted)
  } catch (error) {
    if (error !== gone) throw error
  }
}

/** As `EventState.wait` has it for each fiber. */
const waitInLoop = (
  sim: Sim,
  event: Watched,
  line: Line,
  { fibers = 1, givesUp = false, isHasty = false }: Client,
  came: () => void
): void => {
  for (let i = 0; i < fibers; i++) {
    const waiter = event.isSet ? undefined : new Waiter<void, number>(fiber, event.changes)
    came()
    if (waiter === undefined) continue
    waiter.resume = () => passes(event, waiter.request)
    line.push(waiter)
    line.settle()
  }
  while (line.first !== undefined) {
    sim.point(`waits ${line}`)
    if (!isHasty && line.turn(sim, givesUp) !== "interrupted") continue
    line.remove(line.first)
    line.settle()
  }
}

const event = ({ clients, event: Event = SharedEventState, isLate = false, timeouts, turns }: Options) => (): Model => {
  const memory = new Int32Array(at + 1)
  const arrivals = new Int32Array(1)
  const all = clients.reduce((sum, { fibers = 1, rounds = 1 }) => sum + fibers * rounds, 0)
  const came = () => {
    if (isLate) add(arrivals, 0, 1)
  }

  const client = (client: Client) => (sim: Sim) => {
    const event = watched(Event, memory)
    const line = new Line(event)
    Object.assign(event, { queue: line })
    for (let round = 0; round < (client.rounds ?? 1); round++) {
      sim.at(`round ${round}`)
      sim.point(`comes ${line}`)
      if (client.waits === "blocking") waitBlocking(sim, event, client, came)
      else waitInLoop(sim, event, line, client, came)
    }
    sim.at("rests")
    line.rest(sim)
  }

  const turner = (turns: ReadonlyArray<boolean>) => () => {
    const event = new Event({ "~effect-threading/Shared": "Event", name: "event", memory, threads: memory })
    while (isLate && load(arrivals, 0) < all) pause()
    for (const isSet of turns) event.turn(isSet)
  }

  return {
    memory: { event: memory, arrivals },
    isConstant: (region, index) => region === "event" ? index < at : !isLate,
    threads: [...clients.map(client), ...turns.map(turner)],
    timeouts,
    spins: "idle"
  }
}

const blocking: Client = { waits: "blocking" }
const inLoop: Client = { waits: "async" }
const leaving = (client: Client): Client => ({ ...client, givesUp: true })

interface Inner {
  readonly cells: Int32Array
  readonly changes: number
  wake(): void
}

const BlocksOnWhatIsThere = altered(SharedEventState, {
  waitBlocking(this: Inner) {
    const { changes } = this
    while (!isOdd(changes) && this.changes === changes) wait(this.cells, at, this.changes, 250)
    return true
  }
})

const SleepsOnWhatIsThere = altered(SharedEventState, {
  serve(this: Inner, line: Line) {
    this.wake()
    if (line.first !== undefined) line.sleep(this.cells, at, this.changes)
  }
})

const LeavesItsSleep = altered(SharedEventState, { deserted() {} })

const flash = [true, false]
const set: Options = { clients: [blocking, inLoop], turns: [[true], [...flash, true]], timeouts: "never" }
const flashed: Options = { clients: [blocking, blocking, inLoop], turns: [flash], isLate: true, timeouts: "never" }
const fibers: Options = { clients: [{ ...inLoop, fibers: 2 }, blocking], turns: [[...flash, true]], timeouts: 1 }
const left: Options = {
  clients: [leaving({ ...inLoop, rounds: 2 }), leaving(blocking), inLoop],
  turns: [[...flash, true]],
  timeouts: "never"
}
const hasty: Options = {
  clients: [{ ...inLoop, isHasty: true, rounds: 2 }, { ...inLoop, isHasty: true, fibers: 2 }],
  turns: [],
  timeouts: "never"
}

const forEver = /for ever/

export const cases: ReadonlyArray<Case> = [
  {
    name: "one sets an event, and another sets it and clears it at once",
    model: event(set),
    states: 33333,
    mutants: [{ name: "nobody is woken", mutation: change("notify", () => undefined), finds: forEver }]
  },
  {
    name: "an event is set and cleared at once, for three that wait",
    model: event(flashed),
    states: 25000,
    mutants: [
      { name: "nobody is woken", mutation: change("notify", () => undefined), finds: forEver },
      { name: "one is woken", mutation: change("notify", (op) => ({ ...op, a: 1 })), finds: forEver },
      {
        name: "to clear it is to count anew",
        mutation: change("compareExchange", (op) => isOdd(op.a) ? { ...op, b: 0 } : op),
        finds: forEver
      },
      {
        name: "one blocks as long as it is what it is now",
        model: event({ ...flashed, event: BlocksOnWhatIsThere }),
        finds: forEver
      },
      {
        name: "one in its event loop sleeps as long as it is what it is now",
        model: event({ ...flashed, event: SleepsOnWhatIsThere }),
        finds: forEver
      }
    ]
  },
  { name: "waits for an event time out, and two fibers of a thread wait", model: event(fibers), states: 8333 },
  {
    name: "two leave an event, and one of them comes again",
    model: event(left),
    states: 150000
  },
  {
    name: "all leave an event, which nobody sets",
    model: event(hasty),
    states: 66,
    mutants: [{
      name: "who leaves last leaves a sleep behind",
      model: event({ ...hasty, event: LeavesItsSleep }),
      finds: forEver
    }]
  }
]

/** Too long for each day. */
export const longCases: ReadonlyArray<Case> = []
