/** What a pool must offer to be measured, and how a row opens the pools of its contenders. */
import type { Pair } from "./tasks.ts"

export type Task = "add" | "spin"

export interface Pool {
  readonly run: (task: Task, pair: Pair) => Promise<number>
  /** All at once. */
  readonly runAll: (task: Task, pairs: ReadonlyArray<Pair>) => Promise<ReadonlyArray<number>>
  /** One after another. */
  readonly runEach: (task: Task, pairs: ReadonlyArray<Pair>) => Promise<ReadonlyArray<number>>
  readonly close: () => Promise<unknown>
}

export interface Contender {
  readonly name: string
  readonly open: (size: number) => Pool
}

/** A pool whose calls are promises. */
export const promising = (run: Pool["run"], close: Pool["close"]): Pool => ({
  run,
  runAll: (task, pairs) => Promise.all(pairs.map((pair) => run(task, pair))),
  runEach: async (task, pairs) => {
    const results: Array<number> = []
    for (const pair of pairs) results.push(await run(task, pair))
    return results
  },
  close
})
