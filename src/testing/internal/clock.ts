/**
 * Time that passes when the explorer lets it: from one sleeper's end to the next. It has the face of Effect's `TestClock`, so a
 * program that adjusts the time itself can be explored as it is.
 */
import type * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"

interface Sleeper {
  readonly at: number
  readonly wake: () => void
}

export class VirtualClock implements Clock.Clock {
  private now = 0
  private readonly sleepers = new Set<Sleeper>()

  /** Whether anybody sleeps. */
  get isAwaited(): boolean {
    return this.sleepers.size > 0
  }

  /** Passes time until the first sleeper's end, which goes on. */
  advance(): void {
    const first = this.next
    if (first !== undefined) this.wake(first)
  }

  private get next(): Sleeper | undefined {
    let next: Sleeper | undefined
    for (const sleeper of this.sleepers) if (next === undefined || sleeper.at < next.at) next = sleeper
    return next
  }

  private wake(sleeper: Sleeper): void {
    this.sleepers.delete(sleeper)
    this.now = Math.max(this.now, sleeper.at)
    sleeper.wake()
  }

  sleep(duration: Duration.Duration): Effect.Effect<void> {
    const millis = Duration.toMillis(duration)
    if (millis <= 0) return Effect.yieldNow
    return Effect.callback<void>((resume) => {
      const sleeper = { at: this.now + millis, wake: () => resume(Effect.void) }
      if (Number.isFinite(millis)) this.sleepers.add(sleeper)
      return Effect.sync(() => void this.sleepers.delete(sleeper))
    })
  }

  /** `TestClock.adjust`. */
  adjust(duration: Duration.Input): Effect.Effect<void> {
    return Effect.suspend(() => this.setTime(this.now + Duration.toMillis(Duration.fromInputUnsafe(duration))))
  }

  /** `TestClock.setTime`. */
  setTime(timestamp: number): Effect.Effect<void> {
    const pass: Effect.Effect<void> = Effect.suspend(() => {
      const { next } = this
      if (next === undefined || next.at > timestamp) {
        this.now = Math.max(this.now, timestamp)
        return Effect.yieldNow
      }
      this.wake(next)
      return Effect.flatMap(Effect.yieldNow, () => pass)
    })
    return pass
  }

  readonly currentTimeMillis = Effect.sync(() => this.currentTimeMillisUnsafe())
  readonly currentTimeNanos = Effect.sync(() => this.currentTimeNanosUnsafe())
  readonly monotonicTimeNanos = Effect.sync(() => this.monotonicTimeNanosUnsafe())

  currentTimeMillisUnsafe(): number {
    return this.now
  }

  currentTimeNanosUnsafe(): bigint {
    return BigInt(Math.round(this.now * 1_000_000))
  }

  monotonicTimeNanosUnsafe(): bigint {
    return this.currentTimeNanosUnsafe()
  }
}
