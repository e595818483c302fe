/** What is run of `LockWord`, and what is found once it is made wrong. */
import { load, notify, store } from "../../../src/internal/atomics.ts"
import type { Attempt } from "../../../src/internal/shared/lockWord.ts"
import { index, lockWord, Watched } from "./lockWord.ts"
import type { Client, Options } from "./lockWord.ts"
import { change } from "./world.ts"
import type { Case } from "./world.ts"

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
const blockedLoop = (blocks: "knowingly" | "unknowingly", ...others: ReadonlyArray<Client>): Options => ({
  clients: [blocking(1), { ...inLoop(1), blocks }, ...others],
  timeouts: "never"
})
const death: Options = { clients: [repairing(blocking(2)), repairing(inLoop(1), "badly")], timeouts: 1, deaths: 1 }
const deaths: Options = {
  clients: [repairing(blocking(1)), repairing(blocking(1)), repairing(blocking(1))],
  timeouts: "idle",
  deaths: 2
}

export const cases: ReadonlyArray<Case> = [
  {
    name: "a thread blocks for a lock that its event loop waits for",
    model: lockWord(blockedLoop("knowingly")),
    states: 300,
    mutants: [
      { name: "and lets that swallow its wake-up", model: lockWord(blockedLoop("unknowingly")), finds: forEver }
    ]
  },
  {
    name: "a thread blocks for a lock that its event loop waits for, and others want it",
    model: lockWord(blockedLoop("knowingly", hasty(inLoop(1)))),
    states: 1000,
    mutants: [
      {
        name: "and lets that swallow its wake-up",
        model: lockWord(blockedLoop("unknowingly", hasty(inLoop(1)))),
        finds: forEver
      }
    ]
  },
  {
    name: "two threads take a lock twice",
    model: lockWord(two),
    states: 1000,
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
    states: 8333,
    mutants: [{
      name: "who was woken forgets the other waiters",
      mutation: change("compareExchange", (op) => op.a >> 4 === 0 ? { ...op, b: op.b & ~1 } : op),
      finds: forEver
    }]
  },
  {
    name: "turns of a lock are reserved",
    model: lockWord(reserved),
    states: 33333,
    mutants: [{
      name: "one is woken, whoever it is reserved for",
      mutation: change("notify", (op) => ({ ...op, a: 1 })),
      finds: forEver
    }]
  },
  { name: "one that blocks leaves instead of waiting for a lock", model: lockWord(leavingSync), states: 10000 },
  {
    name: "one in its event loop leaves instead of waiting for a lock",
    model: lockWord(leavingLoop),
    states: 10000,
    mutants: [
      { name: "it keeps its wake-up", model: lockWord({ ...leavingLoop, lock: KeepsWakeUps }), finds: forEver },
      {
        name: "it passes it on only while nobody has the lock",
        model: lockWord({ ...leavingLoop, lock: PassesOnToNobody }),
        finds: forEver
      }
    ]
  },
  { name: "two leave, and come back to what they have left", model: lockWord(leavingTwice), states: 333 },
  {
    name: "one leaves for whom a turn of a lock is reserved",
    model: lockWord(leavingHasty),
    states: 33333,
    mutants: [{
      name: "it stays reserved",
      model: lockWord({ ...leavingHasty, lock: KeepsItsReservation }),
      finds: forEver
    }]
  },
  {
    name: "one of two dies at a lock",
    model: lockWord(death),
    states: 333,
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
    states: 33333,
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
    states: 166666
  },
  {
    name: "all who leave instead of waiting for a lock have a turn reserved",
    model: lockWord({
      clients: [leaving(hasty(inLoop(1))), leaving(hasty(inLoop(1))), leaving(hasty(blocking(2)))],
      timeouts: "never"
    }),
    states: 166666
  },
  {
    name: "one of three dies at a lock whose turns are reserved",
    model: lockWord({
      clients: [hasty(repairing(blocking(1))), hasty(repairing(blocking(1))), hasty(repairing(blocking(2)))],
      timeouts: "idle",
      deaths: 1
    }),
    states: 266666
  },
  {
    name: "one of three dies at a lock, and waits time out at any moment",
    model: lockWord({
      clients: [repairing(blocking(1)), repairing(blocking(1)), repairing(inLoop(1), "badly")],
      timeouts: 1,
      deaths: 1
    }),
    states: 266666
  }
]
