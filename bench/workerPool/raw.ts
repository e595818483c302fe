/** Workers and nothing else: what a message costs, and how little it can. */
import { Worker } from "node:worker_threads"
import { type Contender, promising, type Task } from "./contender.ts"
import type { Pair } from "./tasks.ts"

export type Request = readonly [id: number, task: Task, pair: Pair]
export type Reply = readonly [id: number, result: number]

const file = new URL("./rawWorker.ts", import.meta.url)

const rawWith = (name: string, batched: boolean): Contender => ({
  name,
  open: (size) => {
    const waiting = new Map<number, (result: number) => void>()
    let ids = 0
    const settle = ([id, result]: Reply) => {
      waiting.get(id)!(result)
      waiting.delete(id)
    }
    const workers = Array.from({ length: size }, () => {
      const worker = new Worker(file)
      worker.on("message", (replies: Reply | ReadonlyArray<Reply>) => {
        if (batched) { for (const reply of replies as ReadonlyArray<Reply>) settle(reply) }
        else settle(replies as Reply)
      })
      return { worker, batch: [] as Array<Request> }
    })
    const post = (request: Request) => {
      const to = workers[request[0] % size]!
      if (!batched) return to.worker.postMessage(request)
      if (to.batch.push(request) > 1) return
      queueMicrotask(() => to.worker.postMessage(to.batch.splice(0)))
    }
    return promising(
      (task, pair) =>
        new Promise((resolve) => {
          const id = ids++
          waiting.set(id, resolve)
          post([id, task, pair])
        }),
      () => Promise.all(workers.map(({ worker }) => worker.terminate()))
    )
  }
})

/** One message a task, one an answer. */
export const raw = rawWith("raw postMessage", false)

/** One message for all tasks of a tick, one for all their answers: the ceiling. */
export const rawBatched = rawWith("raw, batched", true)

/** What no pool can do: knows how long each task takes, and tells each worker once what it has to do. */
export const rawDealt: Contender = {
  name: "best possible",
  open: (size) => {
    const workers = Array.from({ length: size }, () => rawBatched.open(1))
    return {
      ...workers[0]!,
      runAll: async (task, pairs) => {
        const shares = deal(pairs, size)
        return (await Promise.all(workers.map((worker, i) => worker.runAll(task, shares[i]!)))).flat()
      },
      close: () => Promise.all(workers.map((worker) => worker.close()))
    }
  }
}

/** The longest first, each to who has least to do. */
const deal = (pairs: ReadonlyArray<Pair>, size: number): ReadonlyArray<ReadonlyArray<Pair>> => {
  const shares = Array.from({ length: size }, () => ({ turns: 0, pairs: [] as Array<Pair> }))
  for (const pair of pairs.toSorted((one, other) => other.b - one.b)) {
    const share = shares.reduce((one, other) => other.turns < one.turns ? other : one)
    share.turns += pair.b
    share.pairs.push(pair)
  }
  return shares.map((share) => share.pairs)
}
