/** A program in a process of its own, which a test talks to. */
import { spawn } from "node:child_process"
import { join } from "node:path"
import { onTestFinished } from "vitest"

const root = join(import.meta.dirname, "..", "..")

interface Output {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

export const start = (path: string, ...args: ReadonlyArray<string>) => {
  const child = spawn(process.execPath, ["--conditions=effect-threading-source", path, ...args], { cwd: root })
  onTestFinished(() => void child.kill("SIGKILL"))
  const output = { stdout: "", stderr: "" }
  const listeners = new Set<() => void>()
  const look = () => listeners.forEach((listener) => listener())
  for (const stream of ["stdout", "stderr"] as const) {
    child[stream].setEncoding("utf8").on("data", (text: string) => {
      output[stream] += text
      look()
    })
  }
  const end = new Promise<Output>((resolve) => child.once("close", (code) => resolve({ code, ...output })))
  return {
    /** How it ended, and all that it wrote. */
    end,
    kill: (signal: NodeJS.Signals) => child.kill(signal),
    write: (text: string) => child.stdin.write(text),
    endInput: () => child.stdin.end(),
    /** Waits until its output has something like this; fails if it ends before. */
    says: (stream: "stdout" | "stderr", pattern: RegExp): Promise<RegExpMatchArray> =>
      new Promise((resolve, reject) => {
        const listener = () => {
          const found = output[stream].match(pattern)
          if (found === null) return
          listeners.delete(listener)
          resolve(found)
        }
        listeners.add(listener)
        listener()
        void end.then(({ code, stderr, stdout }) =>
          reject(new Error(`${path} ended with ${code} and never said ${pattern}\n${stdout}${stderr}`))
        )
      })
  }
}
