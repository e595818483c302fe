/** What is asked of locks between OS threads, and what of their answers is right. */
import { setTimeout as sleep } from "node:timers/promises"
import { Worker } from "node:worker_threads"
import { type Finding, until } from "./cases.ts"
import type { LockPackage, Locks } from "./locks.ts"
import type { Errand, Said, Work } from "./lockWorker.ts"

interface AskedLocks {
  readonly locks: Locks
  readonly start: Start
  /** A second, in milliseconds; more on a busy machine. */
  readonly second: number
}

interface LockCase {
  readonly title: string
  readonly ask: (asked: AskedLocks) => Promise<Finding>
}

/** How long it takes until whoever has come is asleep. */
const rest = 300

class OsThread {
  private readonly worker: Worker
  private readonly heard: Array<Said> = []
  readonly gate = new Int32Array(new SharedArrayBuffer(8))

  constructor(errand: Omit<Errand, "gate">) {
    const workerData: Errand = { ...errand, gate: this.gate }
    this.worker = new Worker(new URL("./lockWorker.ts", import.meta.url), { workerData })
    this.worker.on("message", (said: Said) => this.heard.push(said))
  }

  /** Whether it gets inside within so many milliseconds; or what it fails with. */
  async isInside(ms: number): Promise<boolean | string> {
    const failure = () => this.heard.find((said) => typeof said === "object")?.failed
    await until(() => this.heard.includes("inside") || failure() !== undefined, ms)
    return failure() ?? this.heard.includes("inside")
  }

  /** However long it takes. */
  async says(said: Said): Promise<void> {
    await until(() => this.heard.includes(said), Infinity)
  }

  leaves(): void {
    Atomics.store(this.gate, 0, 1)
    Atomics.notify(this.gate, 0)
  }

  async dies(): Promise<void> {
    await this.worker.terminate()
  }
}

type Start = (work: Work, shared: unknown, permits?: number) => Promise<OsThread>

/** Has an OS thread go and do something; it waits, or is inside, when this answers. */
export const starting = (name: LockPackage): Start => async (work, shared, permits = 1) => {
  const thread = new OsThread({ name, work, shared, permits })
  await thread.says("comes")
  await sleep(rest)
  return thread
}

const holderDies: LockCase = {
  title: "the OS thread that holds a lock is terminated, while another waits",
  ask: async ({ locks, second, start }) => {
    const shared = locks.make(1)
    const holder = await start("lock", shared)
    const next = await start("lock", shared)
    await holder.dies()
    const heard = await next.isInside(second)
    await locks.recover?.(shared)
    const isUsable = await locks.lockWithin(shared, second)
    const what = typeof heard === "string" ? `gets ${heard}` : heard ? "goes on unaware" : "waits on"
    return {
      right: heard === "LockAbandonedError" && isUsable,
      says: `the other ${what}; the lock ${isUsable ? "is recovered, and taken again" : "stays locked"}`
    }
  }
}

const wantsLess: LockCase = {
  title: "one waits for 2 permits, another behind it for 1, and 1 comes back",
  ask: async ({ locks, second, start }) => {
    const shared = locks.make(3)
    const give = locks.takePermits(shared, 1)!
    const giveTwo = locks.takePermits(shared, 2)!
    const wantsTwo = await start("permits", shared, 2)
    const wantsOne = await start("permits", shared, 1)
    give()
    const goesOn = await wantsOne.isInside(second) === true
    // In strict order it may have to wait; but not for what whoever comes now would get.
    const newcomer = locks.takePermits(shared, 1)
    if (newcomer !== undefined) return { right: false, says: "the other sleeps on, though whoever comes now gets it" }
    giveTwo()
    const bothGoOn = await wantsTwo.isInside(second) === true && await wantsOne.isInside(second) === true
    const first = goesOn ? "the other goes on" : "it is kept for the first"
    return {
      right: bothGoOn,
      says: `${first}; once 2 more come back, ${bothGoOn ? "both are" : "not both are"} served`
    }
  }
}

const givesUp: LockCase = {
  title: "one waits for 2 permits and gives up, another behind it for 1, and 1 comes back",
  ask: async ({ locks, second, start }) => {
    const shared = locks.make(1)
    const give = locks.takePermits(shared, 1)!
    const wantsTwo = await start("permitsInTime", shared, 2)
    const wantsOne = await start("permits", shared, 1)
    await wantsTwo.says("gone")
    give()
    const goesOn = await wantsOne.isInside(second) === true
    const what = locks.lacks.timeout ?? "gives up"
    return {
      right: goesOn && locks.lacks.timeout === undefined,
      says: `${what}; the other ${goesOn ? "goes on" : "sleeps on"}`
    }
  }
}

const writerComes: LockCase = {
  title: "a writer comes to 3 readers whose reads overlap",
  ask: async ({ locks, second, start }) => {
    const shared = locks.make(1)
    const readers = await Promise.all([1, 2, 3].map(() => start("read", shared)))
    const reads = () => readers.reduce((sum, { gate }) => sum + Atomics.load(gate, 1), 0)
    const before = reads()
    const writer = await start("write", shared)
    const writes = await writer.isInside(second) === true
    return {
      right: writes,
      says: writes ? "it gets its turn" : `it waits on, while they read ${reads() - before} times`
    }
  }
}

const timesOut: LockCase = {
  title: "a wait for a lock times out; then the lock is given back, and another comes",
  ask: async ({ locks, second, start }) => {
    const shared = locks.make(1)
    const holder = await start("lock", shared)
    const inTime = await locks.lockWithin(shared, rest)
    const next = await start("lock", shared)
    holder.leaves()
    const goesOn = await next.isInside(second) === true
    const what = locks.lacks.timeout ?? (inTime ? "does not time out" : "times out")
    return {
      right: locks.lacks.timeout === undefined && !inTime && goesOn,
      says: `${what}; the other ${goesOn ? "goes on" : "waits on, for a lock that nobody will give back"}`
    }
  }
}

const entersAgain: LockCase = {
  title: "a re-entrant lock is entered again",
  ask: async ({ locks, second, start }) => {
    const thread = await start("lockAgain", locks.make(1))
    const entered = await thread.isInside(second) === true
    const { reentrant } = locks.lacks
    const what = entered ? "is entered again" : "waits for itself"
    return { right: entered && reentrant === undefined, says: reentrant === undefined ? what : `${reentrant} ${what}` }
  }
}

export const lockCases: ReadonlyArray<LockCase> = [
  holderDies,
  wantsLess,
  givesUp,
  writerComes,
  timesOut,
  entersAgain
]
