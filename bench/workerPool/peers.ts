/** The pools of npm, each as its documentation says it is fast. */
import { Piscina } from "piscina"
import { FixedThreadPool } from "poolifier"
import { Tinypool } from "tinypool"
import { pool as startPool } from "workerpool"
import { type Contender, promising } from "./contender.ts"
import type { Pair } from "./tasks.ts"

const path = (file: string) => new URL(file, import.meta.url).pathname

const piscinaWith = (name: string, options: ConstructorParameters<typeof Piscina>[0]): Contender => ({
  name,
  open: (size) => {
    const pool = new Piscina<Pair, number>({
      filename: path("./tasks.ts"),
      minThreads: size,
      maxThreads: size,
      ...options
    })
    return promising((task, pair) => pool.run(pair, { name: task }), () => pool.destroy())
  }
})

export const piscina = piscinaWith("piscina", {})

/** All tasks on their way to a worker, which answers a row of them without going back to its event loop. */
export const piscinaTuned = piscinaWith("piscina, tuned", { concurrentTasksPerWorker: 100_000, recordTiming: false })

const tinypoolWith = (name: string, options: ConstructorParameters<typeof Tinypool>[0]): Contender => ({
  name,
  open: (size) => {
    const pool = new Tinypool({ filename: path("./tasks.ts"), minThreads: size, maxThreads: size, ...options })
    return promising((task, pair) => pool.run(pair, { name: task }), () => pool.destroy())
  }
})

export const tinypool = tinypoolWith("tinypool", {})

export const tinypoolTuned = tinypoolWith("tinypool, tuned", { concurrentTasksPerWorker: 100_000 })

const poolifierWith = (name: string, options: ConstructorParameters<typeof FixedThreadPool>[2]): Contender => ({
  name,
  open: (size) => {
    const pool = new FixedThreadPool<Pair, number>(size, path("./poolifierWorker.ts"), {
      errorHandler: (error) => console.error(error),
      ...options
    })
    return promising((task, pair) => pool.execute(pair, task), () => pool.destroy())
  }
})

/** Its default: each task goes at once to the worker that has least to do. */
export const poolifier = poolifierWith("poolifier", {})

/** With its queue, of which idle workers steal. */
export const poolifierQueue = poolifierWith("poolifier, queue", { enableTasksQueue: true })

export const workerpool: Contender = {
  name: "workerpool",
  open: (size) => {
    const pool = startPool(path("./workerpoolWorker.ts"), {
      minWorkers: size,
      maxWorkers: size,
      workerType: "thread"
    })
    // Its promises are of its own kind.
    return promising(async (task, pair) => await pool.exec(task, [pair]), async () => await pool.terminate())
  }
}
