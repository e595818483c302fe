/**
 * Watches event loops from an OS thread of its own, which goes on when they do not. Any number of threads can be watched, each
 * by a `Pulse`; none of it keeps the process alive.
 */
import { Worker } from "node:worker_threads"
import { fields, makeMemory, makePulse, width } from "./pulse.ts"
import type { Pulse } from "./pulse.ts"
import { watchdogSource } from "./watchdogSource.ts"

/** Who is watched. Of the process's main thread alone the stack can be sampled. */
export interface Watched {
  readonly name: string
  readonly isMain: boolean
}

/** A thread that stood still, and where it was then. */
export interface Stall {
  readonly pulse: Pulse
  readonly thread: Watched
  readonly stack: string
}

const slots = 256

/** Under this name (`Symbol.for`) a function on `globalThis` tells, while the main thread is paused, what it was doing. */
export const describeKey = "effect-threading/NodeDiagnostics/describe"

export class Watchdog {
  private readonly worker: Worker
  private readonly memory = makeMemory(slots)
  private readonly period: number
  private readonly watched = new Map<number, { readonly pulse: Pulse; readonly thread: Watched }>()

  /** `onStall` is told of a stall as soon as the thread that called this constructor can be told anything. */
  constructor(after: number, onStall: (stall: Stall) => void, onFailure: (error: Error) => void) {
    this.period = Math.min(250, Math.max(5, after / 4))
    // Neither flags nor environment: what the program preloads is not for this thread.
    this.worker = new Worker(watchdogSource, {
      eval: true,
      name: "effect-threading watchdog",
      execArgv: [],
      env: {},
      workerData: { after, period: this.period, memory: this.memory, width, fields, describe: describeKey }
    })
    this.worker.on("message", ({ slot, stack }: { readonly slot: number; readonly stack: string }) => {
      const who = this.watched.get(slot)
      if (who !== undefined) onStall({ ...who, stack })
    })
    this.worker.on("error", onFailure)
    this.worker.unref()
  }

  /** Watches the thread that beats on this pulse. */
  watch(thread: Watched): Pulse {
    let slot = 0
    while (this.watched.has(slot)) slot++
    if (slot >= slots) throw new RangeError(`NodeDiagnostics: more than ${slots} threads to watch.`)
    const pulse = makePulse(this.memory, slot, this.period)
    this.watched.set(slot, { pulse, thread })
    this.worker.postMessage({ slot, thread })
    return pulse
  }

  unwatch({ slot }: Pulse): void {
    this.watched.delete(slot)
    this.worker.postMessage({ slot })
  }

  async stop(): Promise<void> {
    await this.worker.terminate()
  }
}
