/**
 * Measures rows side by side: in each round every contender of a row runs once, so that a slow moment of the machine
 * hits all of them alike, and ratios are taken within a round. What a run returns is checked before its time counts.
 */
import { performance } from "node:perf_hooks"

/**
 * Does its operations and returns how many it did, counted by what the operations themselves did. One call should do
 * enough (say 1,000) that starting it does not show.
 */
export type Work = () => number | Promise<number>

const units = { "ns/op": 1e6, "µs/op": 1e3, "ms/op": 1 }

/** A work of this unit is run as it is, and returns its figure. */
const measuredByItself = "MB"

export interface Row {
  readonly name: string
  readonly unit: keyof typeof units | typeof measuredByItself
  readonly ours: Work
  readonly peers: Readonly<Record<string, Work>>
  /** Whether `contender` ("ours" or a peer's name) really did the work, given the number that it returned. */
  readonly check: (done: number, contender: string) => boolean
  /** Ours may cost at most `max` times what this peer, or the best of these or of all, costs; or at most so much of the unit. */
  readonly target: { readonly against: string | ReadonlyArray<string>; readonly max: number } | {
    readonly most: number
  }
  /** How many rounds are enough, where one takes long. */
  readonly rounds?: number | undefined
  /** Ends what the contenders started. */
  readonly close?: (() => Promise<unknown>) | undefined
}

export interface Reading {
  readonly median: number
  readonly p25: number
  readonly p75: number
}

export interface Measured {
  readonly name: string
  readonly unit: string
  readonly ours: Reading
  readonly peers: Readonly<Record<string, Reading>>
  /** Ours against each peer: the median over the rounds. */
  readonly ratios: Readonly<Record<string, number>>
  /** What the target speaks of: a peer, or a number of the unit. */
  readonly rival: string
  /** Ours against the rival. */
  readonly ratio: number
  readonly max: number
  readonly met: boolean
}

export interface Effort {
  readonly rounds: number
  readonly warmUpMillis: number
  readonly sampleMillis: number
}

export const thorough: Effort = { rounds: 15, warmUpMillis: 1_500, sampleMillis: 100 }
export const quick: Effort = { rounds: 3, warmUpMillis: 30, sampleMillis: 10 }

/**
 * A row about growth: the cost of one operation at the largest size, with the smaller sizes of the same work as its
 * peers. `run(n)` returns how many operations it did, n unless `ops` says otherwise.
 */
export const growth = (options: {
  readonly name: string
  readonly unit: Row["unit"]
  readonly run: (n: number) => number | Promise<number>
  readonly ops?: (n: number) => number
  readonly sizes?: ReadonlyArray<number>
  /**
   * The size that the largest is held against, and how many times as much an operation may cost there: 1.2 for ten times the
   * size, 1.44 for a hundred times.
   */
  readonly target: { readonly from: number; readonly max: number }
}): Row => {
  const sizes = options.sizes ?? [10, 100, 1_000, 10_000]
  const ops = options.ops ?? ((n) => n)
  const largest = Math.max(...sizes)
  const contender = (n: number) => n === largest ? "ours" : `n=${n}`
  const expected = new Map(sizes.map((n) => [contender(n), ops(n)]))
  return {
    name: `${options.name}, n=${largest}`,
    unit: options.unit,
    ours: () => options.run(largest),
    peers: Object.fromEntries(sizes.filter((n) => n < largest).map((n) => [contender(n), () => options.run(n)])),
    check: (done, who) => done === expected.get(who),
    target: { against: contender(options.target.from), max: options.target.max }
  }
}

/** Measures one row. Throws if a contender's result is wrong. */
export const measure = async (row: Row, effort: Effort): Promise<Measured> => {
  const { against, max } = "most" in row.target ? { against: [], max: 1 } : row.target
  const names = Object.keys(row.peers)
  const rivals = against === "best" ? names : [against].flat()
  const stranger = rivals.find((name) => !names.includes(name))
  if (stranger !== undefined) throw new Error(`${row.name}: the target names no peer: ${stranger}`)
  try {
    return conclude(row, await takeSamples(row, effort), rivals, max)
  } finally {
    await row.close?.()
  }
}

interface Contender {
  readonly name: string
  readonly work: Work
  readonly calls: number
  readonly samples: Array<number>
}

const takeSamples = async (row: Row, effort: Effort): Promise<ReadonlyArray<Contender>> => {
  const contenders: Array<Contender> = []
  for (const [name, work] of [["ours", row.ours] as const, ...Object.entries(row.peers)]) {
    contenders.push({ name, work, calls: await warmUp(row, name, work, effort), samples: [] })
  }
  for (let round = 0; round < Math.min(effort.rounds, row.rounds ?? Infinity); round++) {
    // Each round begins with the next contender, so none always runs in another's wake.
    for (let i = 0; i < contenders.length; i++) {
      const contender = contenders[(i + round) % contenders.length]!
      const { millis, sum } = await run(row, contender.name, contender.work, contender.calls)
      contender.samples.push(row.unit === measuredByItself ? sum : millis * units[row.unit] / sum)
    }
  }
  return contenders
}

const conclude = (
  row: Row,
  contenders: ReadonlyArray<Contender>,
  rivals: ReadonlyArray<string>,
  max: number
): Measured => {
  const [ours, ...peers] = contenders
  const ratios = Object.fromEntries(peers.map(({ name, samples }) => [
    name,
    quantile(samples.map((sample, round) => ours!.samples[round]! / sample), 0.5)
  ]))
  // Against the best peer the ratio is the largest.
  const rival = "most" in row.target
    ? `${row.target.most} ${row.unit}`
    : rivals.reduce((a, b) => ratios[b]! > ratios[a]! ? b : a)
  const mine = reading(ours!.samples)
  const ratio = "most" in row.target ? mine.median / row.target.most : ratios[rival]!
  return {
    name: row.name,
    unit: row.unit,
    ours: mine,
    peers: Object.fromEntries(peers.map(({ name, samples }) => [name, reading(samples)])),
    ratios,
    rival,
    ratio,
    max,
    met: ratio <= max
  }
}

const warmUp = async (row: Row, name: string, work: Work, effort: Effort): Promise<number> => {
  if (row.unit === measuredByItself) return 1
  const end = performance.now() + effort.warmUpMillis
  let fastest = Infinity
  do fastest = Math.min(fastest, (await run(row, name, work, 1)).millis)
  while (performance.now() < end)
  return Math.max(1, Math.ceil(effort.sampleMillis / fastest))
}

const run = async (row: Row, name: string, work: Work, calls: number) => {
  const results: Array<number> = []
  const start = performance.now()
  for (let call = 0; call < calls; call++) results.push(await work())
  const millis = performance.now() - start
  const wrong = results.find((done) => !row.check(done, name))
  if (wrong !== undefined) throw new Error(`${row.name}: ${name} gave a wrong result: ${wrong}`)
  return { millis, sum: results.reduce((sum, done) => sum + done, 0) }
}

const quantile = (values: ReadonlyArray<number>, q: number): number => {
  const sorted = [...values].sort((a, b) => a - b)
  const at = q * (sorted.length - 1)
  const below = sorted[Math.floor(at)]!
  return below + (sorted[Math.ceil(at)]! - below) * (at % 1)
}

const reading = (samples: ReadonlyArray<number>): Reading => ({
  median: quantile(samples, 0.5),
  p25: quantile(samples, 0.25),
  p75: quantile(samples, 0.75)
})
