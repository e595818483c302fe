/**
 * Watches event loops from an OS thread of its own, which goes on when they do not. Any number of threads can be watched, each
 * by a `Pulse`; none of it keeps the process alive.
 */
import { Worker } from "node:worker_threads"
import { turn, turns } from "./inspector.ts"
import { endPulse, fields, makeMemory, makePulse, stoodStill, width } from "./pulse.ts"
import type { Pulse } from "./pulse.ts"
import { watchdogSource } from "./watchdogSource.ts"

/**
 * Who is watched. Of the process's main thread alone the watchdog can sample the stack. What watches others from here tells of
 * their stalls itself, by `stalls`.
 */
export interface Watched {
  readonly name: string
  readonly isMain: boolean
  readonly stalls?: Stalls | undefined
}

/** Told of the stalls of another thread as they begin and end, and how long they are by then, in milliseconds. */
export interface Stalls {
  began(ms: number): void
  ended(ms: number): void
}

/** A thread that stood still, and where it was then. */
export interface Stall {
  readonly pulse: Pulse
  readonly thread: Watched
  readonly stack: string
}

interface Entry {
  readonly id: number
  readonly pulse: Pulse
  readonly thread: Watched
  isStill: boolean
}

/** What the watchdog's own thread tells: it told of a stall by itself, or leaves that to this one. */
interface Message {
  readonly what: "told" | "began" | "ended"
  readonly slot: number
  readonly pulse: number
  readonly stack: string
}

const slots = 256

/** Under this name (`Symbol.for`) a function on `globalThis` tells, while the main thread is paused, what it was doing. */
export const describeKey = "effect-threading/NodeDiagnostics/describe"

export class Watchdog {
  private readonly worker: Worker
  private readonly memory = makeMemory(slots)
  private readonly period: number
  private pulses = 0
  private readonly watched = new Map<number, Entry>()

  /** `onStall` is told of a stall as soon as the thread that called this constructor can be told anything. */
  constructor(after: number, onStall: (stall: Stall) => void, onFailure: (error: Error) => void) {
    this.period = Math.min(250, Math.max(5, after / 4))
    // Neither flags nor environment: what the program preloads is not for this thread.
    this.worker = new Worker(watchdogSource, {
      eval: true,
      name: "effect-threading watchdog",
      execArgv: [],
      env: {},
      workerData: { after, period: this.period, memory: this.memory, width, fields, describe: describeKey, turn, turns }
    })
    this.worker.on("message", ({ pulse: id, slot, stack, what }: Message) => {
      const entry = this.watched.get(slot)
      // The slot may be another thread's by now.
      if (entry?.id !== id) return
      if (what === "told") onStall({ ...entry, stack })
      else if (what === "began") this.began(entry)
      else this.ended(entry)
    })
    this.worker.on("error", onFailure)
    this.worker.unref()
  }

  private began(entry: Entry): void {
    entry.isStill = true
    entry.thread.stalls?.began(stoodStill(entry.pulse))
  }

  private ended(entry: Entry): void {
    if (!entry.isStill) return
    entry.isStill = false
    entry.thread.stalls?.ended(stoodStill(entry.pulse))
  }

  /** Watches the thread that beats on this pulse. Undefined if there are too many already. */
  watch(thread: Watched): Pulse | undefined {
    let slot = 0
    while (this.watched.has(slot)) slot++
    if (slot >= slots) return undefined
    const pulse = makePulse(this.memory, slot, this.period)
    const id = ++this.pulses
    this.watched.set(slot, { id, pulse, thread, isStill: false })
    const { isMain, name, stalls } = thread
    this.worker.postMessage({ slot, thread: { pulse: id, name, isMain, isToldHere: stalls === undefined } })
    return pulse
  }

  unwatch(pulse: Pulse): void {
    const entry = this.watched.get(pulse.slot)
    if (entry?.pulse !== pulse) return
    this.ended(entry)
    endPulse(pulse)
    this.watched.delete(pulse.slot)
    this.worker.postMessage({ slot: pulse.slot })
  }

  async stop(): Promise<void> {
    for (const { pulse } of this.watched.values()) endPulse(pulse)
    await this.worker.terminate()
  }
}
