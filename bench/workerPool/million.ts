/**
 * Queues a million tasks on one worker, in a process of its own, and says what that took of memory. A contender whose
 * queue takes minutes to run dry is not asked.
 */
import { execFile } from "node:child_process"
import { promisify } from "node:util"

export interface Memory {
  /** Megabytes of heap for each 100,000 tasks when all are queued, what their callers hold of them included, without the tasks' own arguments. */
  readonly heap: number
  /** Megabytes of the whole process at its largest. */
  readonly rss: number
}

const measured = new Map<string, Promise<Memory>>()

export const queueMillion = (contender: string): Promise<Memory> => {
  const known = measured.get(contender) ?? start(contender)
  measured.set(contender, known)
  return known
}

const start = async (contender: string): Promise<Memory> => {
  const args = [...process.execArgv, "--expose-gc", new URL("./millionProcess.ts", import.meta.url).pathname, contender]
  const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: 300_000 })
  return JSON.parse(stdout) as Memory
}
