/** Two workers that do the same at once, told by messages: what they do is in `work.ts`. */
import { once } from "node:events"
import { Worker } from "node:worker_threads"
import type { Part, Work } from "./work.ts"

const size = 2

let workers: ReadonlyArray<Worker> | undefined

const start = async () => {
  const started = Array.from({ length: size }, () => new Worker(new URL("./worker.ts", import.meta.url)))
  await Promise.all(started.map((worker) => once(worker, "online")))
  return started
}

/** Has each worker do its part, and answers with the sum of what they say. */
export const together = async (work: Work, part: Omit<Part, "index">): Promise<number> => {
  workers ??= await start()
  const answers = workers.map((worker, index) => {
    worker.postMessage([work, { ...part, index }])
    return once(worker, "message") as Promise<[number]>
  })
  return (await Promise.all(answers)).reduce((sum, [done]) => sum + done, 0)
}

export const stop = async (): Promise<void> => {
  const stopped = workers ?? []
  workers = undefined
  await Promise.all(stopped.map((worker) => worker.terminate()))
}
