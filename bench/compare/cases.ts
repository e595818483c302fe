/** What is asked of each pool, and what of its answers is right. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import type { Run } from "./pools.ts"
import { type Busy, type Crash, NegativeInput } from "./tasks.ts"

export interface Finding {
  readonly right: boolean
  readonly says: string
}

export interface Asked {
  readonly run: Run
  /** After how long, in milliseconds, what has not settled is taken to hang. */
  readonly patience: number
  /** Whether it must also say rightly, by a type, what happened to a worker. */
  readonly reasons: boolean
}

export interface Case {
  readonly title: string
  readonly size: number
  readonly ask: (asked: Asked) => Promise<Finding>
  /** Whether the process must end by itself after it. */
  readonly ends?: true
  /** Whether a worker's heap must be limited. */
  readonly limits?: true
}

type Outcome =
  | { readonly is: "done"; readonly value: unknown; readonly millis: number }
  | { readonly is: "failed"; readonly error: unknown; readonly millis: number }
  | { readonly is: "hangs"; readonly millis: number }

const outcome = (promise: PromiseLike<unknown>, patience: number): Promise<Outcome> => {
  const start = performance.now()
  const millis = () => Math.round(performance.now() - start)
  const stop = new AbortController()
  return Promise.race([
    Promise.resolve(promise).then(
      (value): Outcome => ({ is: "done", value, millis: millis() }),
      (error: unknown): Outcome => ({ is: "failed", error, millis: millis() })
    ),
    sleep(patience, undefined, { signal: stop.signal }).then((): Outcome => ({ is: "hangs", millis: millis() }))
  ]).finally(() => stop.abort())
}

/** A directory for what a task writes, and away with it. */
const withFile = async (use: (file: string) => Promise<Finding>): Promise<Finding> => {
  const directory = mkdtempSync(join(tmpdir(), "compare-"))
  try {
    return await use(join(directory, "beat"))
  } finally {
    rmSync(directory, { recursive: true })
  }
}

const contents = (file: string) => existsSync(file) ? readFileSync(file, "utf8") : ""

export const until = async (condition: () => boolean, patience: number): Promise<boolean> => {
  const start = performance.now()
  while (!condition() && performance.now() - start < patience) await sleep(20)
  return condition()
}

const reasonOf = (error: unknown): { readonly _tag: string; readonly exitCode?: number } | undefined =>
  (error as { readonly reason?: { readonly _tag: string; readonly exitCode?: number } } | undefined)?.reason

const told = (end: Outcome): string => {
  if (end.is !== "failed") return end.is === "hangs" ? "hears nothing" : "gets a result"
  const reason = reasonOf(end.error)
  if (reason !== undefined) return `gets ${(end.error as { readonly _tag?: string })._tag}: ${reason._tag}`
  return `gets ${
    end.error instanceof Error ? `"${end.error.message.split("\n")[0]!.slice(0, 50)}"` : String(end.error)
  }`
}

const verbs = { done: "finishes", failed: "fails", hangs: "hangs" }

const crashes: Record<Crash, { readonly title: string; readonly reason: string; readonly exitCode?: number }> = {
  "exit 0": { title: "calls process.exit(0)", reason: "Exited", exitCode: 0 },
  "exit 1": { title: "calls process.exit(1)", reason: "Exited", exitCode: 1 },
  uncaught: { title: "throws where nobody catches", reason: "Exited", exitCode: 1 },
  "out of memory": { title: "exhausts its heap", reason: "OutOfMemory" }
}

const crashing = (how: Crash): Case => ({
  ...(how === "out of memory" ? { limits: true } : {}),
  title: `one of 2 workers ${crashes[how].title}`,
  size: 2,
  ask: ({ patience, reasons, run }) =>
    withFile(async (file) => {
      await Promise.all([run("rest", 50), run("rest", 50)])
      const other = outcome(run("stay", file), 3 * patience)
      const crashed = await outcome(run("crash", how), patience)
      writeFileSync(file, "")
      const beside = await other
      const next = await Promise.all([1, 2, 3, 4].map((n) => outcome(run("echo", n), patience)))
      const answered = next.filter(({ is }) => is === "done").length
      const reason = crashed.is === "failed" ? reasonOf(crashed.error) : undefined
      const named = reason?._tag === crashes[how].reason && reason.exitCode === crashes[how].exitCode
      return {
        right: crashed.is === "failed" && beside.is === "done" && answered === 4 && (named || !reasons),
        says: `its caller ${told(crashed)}; the other task ${verbs[beside.is]}; ${answered} of the next 4 answer`
      }
    })
})

const wait = 300
const length = 4_000

const aborted = (run: Run, task: "loop" | "tidyLoop" | "tidyWait", busy: Busy, patience: number) => {
  const abort = new AbortController()
  const end = outcome(run(task, busy, abort.signal), busy.millis + patience)
  return { abort: () => abort.abort(), end }
}

const abortsLoop: Case = {
  title: `a loop of ${length} ms is aborted after ${wait} ms, on 1 worker`,
  size: 1,
  ask: ({ patience, run }) =>
    withFile(async (file) => {
      await run("echo", 1)
      const task = aborted(run, "loop", { millis: length, file }, patience)
      await until(() => contents(file) !== "", patience)
      await sleep(wait)
      const start = performance.now()
      task.abort()
      const end = await task.end
      const after = Math.round(performance.now() - start)
      if (end.is !== "failed") return { right: false, says: `the loop runs on; its caller ${told(end)}` }
      const next = outcome(run("echo", 2), patience + length)
      // Some give it a second or two.
      await sleep(2_500)
      const beat = contents(file)
      await sleep(300)
      const stopped = contents(file) === beat
      const then = await next
      return {
        right: stopped && then.is === "done" && after < length - wait,
        says: `its caller hears of it after ${after} ms; `
          + `the loop ${stopped ? "stops" : "runs on"}; `
          + `the next task ${then.is === "done" ? `answers after ${then.millis} ms` : told(then)}`
      }
    })
}

const tidies = (task: "tidyLoop" | "tidyWait", title: string): Case => ({
  title: `${title} is aborted: its cleanup`,
  size: 1,
  ask: ({ patience, run }) =>
    withFile(async (file) => {
      await run("echo", 1)
      const { abort, end } = aborted(run, task, { millis: length, file }, patience)
      await sleep(wait)
      abort()
      const heard = await end
      // Well before it would have ended anyhow.
      const tidy = await until(() => contents(file) === "tidy", 1_000)
      if (heard.is !== "failed") return { right: false, says: `its caller ${told(heard)}` }
      return { right: tidy, says: tidy ? "runs" : "does not run" }
    })
})

const keepsErrors: Case = {
  title: "an error of a class of one's own, with code, field and cause, keeps them",
  size: 1,
  ask: async ({ patience, run }) => {
    await run("echo", 1)
    const end = await outcome(run("refuse", -1), patience)
    if (end.is !== "failed") return { right: false, says: told(end) }
    const error = end.error as Partial<NegativeInput>
    const kept = {
      class: error instanceof NegativeInput,
      name: error.name === "NegativeInput",
      message: error.message === "must not be negative",
      code: error.code === "E_NEGATIVE",
      field: error.input?.n === -1,
      cause: error.cause instanceof RangeError && error.cause.message === "the reason"
    }
    const names = (is: boolean) => Object.entries(kept).filter(([, kept]) => kept === is).map(([name]) => name)
    const lost = names(false)
    return {
      right: lost.length === 0,
      says: `keeps ${names(true).join(", ") || "nothing"}${lost.length === 0 ? "" : `; loses ${lost.join(", ")}`}`
    }
  }
}

const endsAlone: Case = {
  title: "a program that does not shut its pool down",
  size: 2,
  ends: true,
  ask: async ({ patience, run }) => {
    const end = await outcome(run("echo", 1), patience)
    return { right: end.is === "done", says: "ends" }
  }
}

export const cases: ReadonlyArray<Case> = [
  ...(Object.keys(crashes) as ReadonlyArray<Crash>).map(crashing),
  abortsLoop,
  tidies("tidyWait", "a task that waits"),
  tidies("tidyLoop", "a task that computes"),
  keepsErrors,
  endsAlone
]
