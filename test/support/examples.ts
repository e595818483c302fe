/**
 * Every program in `examples/` ends with a comment that says what it prints:
 *
 *     // Output:
 *     // first line
 *     // second line
 */
import { spawn } from "node:child_process"
import { join } from "node:path"
import { text } from "node:stream/consumers"

/** Starting a process takes its time where others run too. */
export const timeout = 60_000

export const expectedOutput = (source: string): string | undefined => {
  const block = /^\/\/ Output:\n((?:\/\/.*\n)+)$/m.exec(source)?.[1]
  return block?.replaceAll(/^\/\/ ?/gm, "")
}

// Dozens of processes load the same modules.
const NODE_COMPILE_CACHE = join(import.meta.dirname, "..", "..", "node_modules", ".cache", "node")

export const run = async (file: string) => {
  const child = spawn(process.execPath, ["--conditions=effect-threading-source", file], {
    env: { ...process.env, NODE_COMPILE_CACHE },
    stdio: ["ignore", "pipe", "pipe"]
  })
  const exited = new Promise<number | null>((resolve) => child.once("exit", resolve))
  const [output, errors, exitCode] = await Promise.all([text(child.stdout), text(child.stderr), exited])
  return { output, errors, exitCode }
}
