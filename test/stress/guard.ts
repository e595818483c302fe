/** Ends the process when its main thread stands still, in which case nobody there could tell. */
import { Worker } from "node:worker_threads"

const seconds = 60

const code = `
  const { writeSync } = require("node:fs")
  const { workerData: beats } = require("node:worker_threads")
  let last = -1
  setInterval(() => {
    const now = Atomics.load(beats, 0)
    if (now === last) {
      writeSync(2, "The main thread stands still.\\n")
      process.kill(process.pid, "SIGKILL")
    }
    last = now
  }, ${1000 * seconds})
`

export const guard = (): void => {
  const beats = new Int32Array(new SharedArrayBuffer(4))
  setInterval(() => Atomics.add(beats, 0, 1), 1000).unref()
  new Worker(code, { eval: true, workerData: beats }).unref()
}
