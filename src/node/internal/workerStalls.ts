/**
 * The stall alarm for the workers of pools. While one is on, a worker thread is given a pulse as it starts; who has the worker
 * knows what it runs and can ask it, from outside, where it is, so the alarm is raised here and not in the watchdog.
 */
import * as Effect from "effect/Effect"
import { openPools } from "../../internal/pool/registry.ts"
import type { PoolView } from "../../internal/pool/registry.ts"
import { isDebugged } from "./inspector.ts"
import type { Pulse } from "./pulse.ts"
import type { Stalls, Watchdog } from "./watchdog.ts"

/** On which a worker is to `beat`, until it has ended. */
export interface WorkerPulse {
  readonly pulse: Pulse
  readonly ended: () => void
}

interface Alarm {
  readonly watchdog: Watchdog
  readonly log: (effect: Effect.Effect<void>) => void
}

const alarms: Array<Alarm> = []

/** Watches the workers that are started from now on; the answer ends that. */
export const watchWorkers = (alarm: Alarm): () => void => {
  alarms.push(alarm)
  return () => void alarms.splice(alarms.indexOf(alarm), 1)
}

/** Called before a worker thread of a pool is started. Undefined, at no cost, if no alarm is on. */
export const watchWorker = (name: string): WorkerPulse | undefined => {
  const alarm = alarms.at(-1)
  const pulse = alarm?.watchdog.watch({ name, isMain: false, stalls: stallsOf(name, alarm.log) })
  return pulse && { pulse, ended: () => alarm!.watchdog.unwatch(pulse) }
}

const stallsOf = (name: string, log: Alarm["log"]): Stalls => {
  let told: Promise<string> | undefined
  return {
    began(ms) {
      told = Effect.runPromise(whereIs(name))
      void told.then((where) => {
        const head = `the event loop of ${name} has stood still for ${milliseconds(ms)} (process ${process.pid})`
        process.stderr.write(`effect-threading: ${head}\n${where}\n`)
      })
    },
    ended(ms) {
      void told?.then((where) =>
        log(Effect.logWarning(`The event loop of ${name} stood still for ${milliseconds(ms)}\n${where}`))
      )
    }
  }
}

const milliseconds = (ms: number): string => `${Math.round(ms).toLocaleString("en")} ms`

/** In which task the worker is, and where in it. */
const whereIs = (worker: string): Effect.Effect<string> => {
  for (const view of openPools) {
    const tasks = view.snapshot().workers.find(({ name }) => name === worker)?.tasks
    if (tasks === undefined) continue
    const lines = tasks.length === 0 ?
      ["in no task"] :
      tasks.map(({ caller, name }) => `in task ${name}${caller === undefined ? "" : `, called by "${caller}"`}`)
    return Effect.map(stackIn(view, worker), (stack) => [...lines.map((line) => `    ${line}`), stack].join("\n"))
  }
  return Effect.succeed("    it has ended meanwhile")
}

const stackIn = (view: PoolView, worker: string): Effect.Effect<string> =>
  isDebugged()
    ? Effect.succeed("    its stack is not sampled: the inspector is open, and a breakpoint looks the same")
    : Effect.map(
      view.stackOf(worker),
      (stack) => stack ?? "    it is in native code, as in execSync, or went on before its stack could be read"
    )
