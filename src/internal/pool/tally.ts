/** How many, and how long. Times are kept as counts by powers of two of a millisecond, from a sixteenth to about a minute. */
import type * as Metric from "effect/Metric"

const least = 2 ** -4

/** The upper ends of the buckets, in milliseconds. */
export const boundaries: ReadonlyArray<number> = Array.from({ length: 21 }, (_, i) => least * 2 ** i)

export class Tally {
  private readonly counts = new Uint32Array(boundaries.length + 1)
  private count = 0
  private sum = 0
  private min = Infinity
  private max = 0

  add(ms: number): void {
    const bucket = ms <= least ? 0 : Math.ceil(Math.log2(ms / least))
    const at = Math.min(bucket, boundaries.length)
    this.counts[at] = this.counts[at]! + 1
    this.count++
    this.sum += ms
    if (ms < this.min) this.min = ms
    if (ms > this.max) this.max = ms
  }

  get state(): Metric.HistogramState {
    let so = 0
    const buckets = boundaries.map((boundary, i): [number, number] => [boundary, so += this.counts[i]!])
    return { buckets, count: this.count, min: this.count === 0 ? 0 : this.min, max: this.max, sum: this.sum }
  }

  get times(): Times {
    return {
      count: this.count,
      mean: this.count === 0 ? 0 : this.sum / this.count,
      p50: this.quantile(0.5),
      p99: this.quantile(0.99),
      max: this.max
    }
  }

  private quantile(q: number): number {
    let so = 0
    const i = this.counts.findIndex((count) => (so += count) >= q * this.count)
    return this.count === 0 ? 0 : Math.min(this.max, boundaries[i] ?? Infinity)
  }
}

/**
 * How long something took, in milliseconds. The quantiles are upper ends of buckets, so they may be up to twice as long.
 *
 * @since 0.3.0
 * @category models
 */
export interface Times {
  readonly count: number
  readonly mean: number
  readonly p50: number
  readonly p99: number
  readonly max: number
}

/**
 * What a pool does now and has done so far. `queued` are the calls that have not begun, `running` those that have; `workers` are
 * alive, of which `busy` run something. `completed` are tasks that have ended by themselves, well or not, `crashes` workers that
 * died under them, `terminated` those that were ended since a task did not heed its cancellation, `recycled` those that were
 * replaced after `maxTasksPerWorker`. Of tasks that have ended, `wait` tells how long they were queued, `run` how long they ran.
 *
 * @since 0.3.0
 * @category models
 */
export interface Stats {
  readonly name: string
  readonly size: number
  readonly workers: number
  readonly busy: number
  readonly queued: number
  readonly running: number
  readonly completed: number
  readonly crashes: number
  readonly terminated: number
  readonly recycled: number
  readonly wait: Times
  readonly run: Times
}
