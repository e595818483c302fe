/** The worker pool beside those of npm, Effect's RPC between threads and bare messages: cost of a call, use of the cores, memory. */
import { availableParallelism } from "node:os"
import { setTimeout } from "node:timers/promises"
import { growth, type Row, type Work } from "./harness.ts"
import type { Contender, Pool, Task } from "./workerPool/contender.ts"
import { type Memory, queueMillion } from "./workerPool/million.ts"
import { ours, oursPromised } from "./workerPool/ours.ts"
import * as peers from "./workerPool/peers.ts"
import { raw, rawBatched, rawDealt } from "./workerPool/raw.ts"
import { rpc, rpcMany } from "./workerPool/rpc.ts"
import { add, type Pair, spin } from "./workerPool/tasks.ts"

const { piscina, piscinaTuned, poolifier, poolifierQueue, tinypool, tinypoolTuned, workerpool } = peers
const cores = availableParallelism()

/** The pool of a contender, opened when it is first asked for. */
const lazily = (contender: Contender, size: number) => {
  let pool: Pool | undefined
  return {
    get: () => pool ??= contender.open(size),
    // Some close now and then never.
    close: () => Promise.race([pool?.close(), setTimeout(2_000)])
  }
}

/** A row whose contenders work on pools of one size, and alike. */
const withPools = (
  row: Omit<Row, "ours" | "peers" | "close">,
  size: number,
  contenders: ReadonlyArray<Contender>,
  work: (pool: Pool) => Promise<number>,
  others: Readonly<Record<string, Work>> = {}
): Row => {
  const pools = [ours, ...contenders].map((contender) => lazily(contender, size))
  const [mine, ...theirs] = pools.map(({ get }): Work => () => work(get()))
  return {
    ...row,
    ours: mine!,
    peers: { ...Object.fromEntries(contenders.map(({ name }, i) => [name, theirs[i]!])), ...others },
    close: () => Promise.all(pools.map(({ close }) => close()))
  }
}

const sum = (numbers: ReadonlyArray<number>) => numbers.reduce((a, b) => a + b, 0)

/** How many tasks were done, none if a result is wrong. */
const counted = (task: Task, pairs: ReadonlyArray<Pair>, results: ReadonlyArray<number>): number => {
  const expected = sum(pairs.map(task === "add" ? add : spun))
  return sum(results) === expected && results.length === pairs.length ? pairs.length : 0
}

const known = new Map<number, number>()

const spun = (pair: Pair): number => {
  // Those spun here differ by their turns alone.
  if (!known.has(pair.b)) known.set(pair.b, spin(pair))
  return known.get(pair.b)!
}

const additions = (n: number) => Array.from({ length: n }, (_, i): Pair => ({ a: i, b: 1 }))
const spins = (n: number, millis: number) => Array.from({ length: n }, (): Pair => ({ a: 1, b: millis * 500_000 }))

const all = (task: Task, pairs: ReadonlyArray<Pair>) => async (pool: Pool) =>
  counted(task, pairs, await pool.runAll(task, pairs))

const flood = additions(20_000)
const trips = additions(200)
const even = spins(200, 5)

const pools = [piscina, tinypool, poolifier, poolifierQueue, workerpool]
const mixed = pools.concat(piscinaTuned, rpc, raw)

/** Each order can be done without a core ever idle, and without knowing beforehand how long a task takes. */
const long = spins(cores, 400)
const short = spins(99 * cores, 2)
const orders: Readonly<Record<string, ReadonlyArray<Pair>>> = {
  "long first": [...long, ...short],
  "long last": [...short, ...long],
  "long half-way": [...short.slice(0, 50 * cores), ...long, ...short.slice(50 * cores)],
  // Dealt out in turn, one worker would get all the long ones.
  "long before each 99 short": long.flatMap((one, i) => [one, ...short.slice(99 * i, 99 * (i + 1))]),
  "one long, then short": [long[0]!, ...spins(200 * (cores - 1), 2)]
}

const queueing = [oursPromised, piscinaTuned, poolifier, raw]
const growing = lazily(ours, 1)

const memory = (what: keyof Memory, name: string, target: Row["target"]): Row => ({
  name,
  unit: "MB",
  ours: async () => (await queueMillion(ours.name))[what],
  peers: Object.fromEntries(queueing.map(({ name }) => [name, async () => (await queueMillion(name))[what]])),
  check: (megabytes) => megabytes > 0,
  rounds: 1,
  target
})

export const rows: ReadonlyArray<Row> = [
  withPools(
    {
      name: `flood of ${flood.length} trivial tasks, 1 worker`,
      unit: "ns/op",
      check: (done) => done === flood.length,
      rounds: 7,
      target: { against: [...pools, piscinaTuned, tinypoolTuned, rpcMany].map(({ name }) => name), max: 0.5 }
    },
    1,
    [oursPromised, ...pools, piscinaTuned, tinypoolTuned, rpcMany, raw, rawBatched],
    all("add", flood)
  ),
  withPools(
    {
      name: "one task's round trip",
      unit: "µs/op",
      check: (done) => done === trips.length,
      target: { against: "raw postMessage", max: 1 }
    },
    1,
    [oursPromised, ...pools, rpc, raw],
    async (pool) => counted("add", trips, await pool.runEach("add", trips))
  ),
  withPools(
    {
      name: `${even.length} tasks of some 5 ms on ${cores} workers`,
      unit: "ms/op",
      check: (done) => done === even.length,
      rounds: 7,
      target: { against: "this thread", max: 1 / (0.95 * cores) }
    },
    cores,
    [...mixed, rawBatched],
    all("spin", even),
    { "this thread": () => counted("spin", even, even.map(spin)) }
  ),
  ...Object.entries(orders).map(([name, pairs]) =>
    withPools(
      {
        name: `tasks of 400 and of 2 ms on ${cores} workers, ${name}`,
        unit: "ms/op",
        check: (done) => done === 1,
        rounds: 5,
        target: { against: rawDealt.name, max: 1.1 }
      },
      cores,
      [...mixed, rawDealt],
      async (pool) => await all("spin", pairs)(pool) / pairs.length
    )
  ),
  {
    ...growth({
      name: "tasks queued at once",
      unit: "ns/op",
      run: (n) => all("add", additions(n))(growing.get()),
      sizes: [10_000, 100_000, 1_000_000],
      target: { from: 100_000, max: 1.2 }
    }),
    rounds: 5,
    close: growing.close
  },
  memory("heap", "heap for each 100,000 of 1,000,000 queued tasks", { most: 200 }),
  memory("rss", "the whole process, 1,000,000 tasks queued", {
    against: [piscinaTuned.name, poolifier.name],
    max: 1
  })
]
