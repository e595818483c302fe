/**
 * Runs a program in a Node process of its own, for what only a process can show: when it ends, with which exit code, and
 * what it has printed by then.
 */
import { Effect } from "effect"
import { spawn } from "node:child_process"
import { fileURLToPath } from "node:url"

/** Starting a process takes its time where others run too. */
export const processTimeout = 60_000

export interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** Runs the program to its end. With `interruptAt`, sends SIGINT once it has printed that line. */
export const run = (
  program: URL,
  options: { readonly args?: ReadonlyArray<string>; readonly interruptAt?: string } = {}
): Effect.Effect<Ended> =>
  Effect.callback((resume) => {
    const child = spawn(
      process.execPath,
      ["--conditions=effect-threading-source", fileURLToPath(program), ...options.args ?? []],
      { stdio: ["ignore", "pipe", "pipe"] }
    )
    let stdout = ""
    let stderr = ""
    let isInterrupted = false
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      stdout += text
      if (!isInterrupted && options.interruptAt !== undefined && stdout.split("\n").includes(options.interruptAt)) {
        isInterrupted = true
        child.kill("SIGINT")
      }
    })
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      stderr += text
    })
    child.on("error", (error) => resume(Effect.die(error)))
    child.on("close", (code) => resume(Effect.succeed({ code, stdout, stderr })))
    return Effect.sync(() => child.kill("SIGKILL"))
  })
