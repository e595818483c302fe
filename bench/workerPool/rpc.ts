/** Effect's own way to other threads: RPC over its worker protocol. */
import { NodeWorker } from "@effect/platform-node"
import { Context, Effect, Layer, ManagedRuntime } from "effect"
import { RpcClient } from "effect/rpc"
import { Worker } from "node:worker_threads"
import type { Contender, Task } from "./contender.ts"
import { Tasks } from "./rpcGroup.ts"
import type { Pair } from "./tasks.ts"

const make = RpcClient.make(Tasks)

class Client extends Context.Service<Client, Effect.Success<typeof make>>()("bench/Client") {}

const rpcWith = (name: string, concurrency: number, inFlight: number | "unbounded"): Contender => ({
  name,
  open: (size) => {
    const runtime = ManagedRuntime.make(
      Layer.effect(Client, make).pipe(
        Layer.provide(RpcClient.layerProtocolWorker({ size, concurrency })),
        Layer.provide(NodeWorker.layer(() => new Worker(new URL("./rpcWorker.ts", import.meta.url))))
      )
    )
    const call = (task: Task, pair: Pair) => Effect.flatMap(Client, (client) => client[task](pair))
    const all = (concurrency: number | "unbounded") => (task: Task, pairs: ReadonlyArray<Pair>) =>
      runtime.runPromise(Effect.forEach(pairs, (pair) => call(task, pair), { concurrency }))
    return {
      run: (task, pair) => runtime.runPromise(call(task, pair)),
      runAll: all(inFlight),
      runEach: all(1),
      close: () => runtime.dispose()
    }
  }
})

/** One call at a time on each worker, its default. */
export const rpc = rpcWith("Effect RPC", 1, "unbounded")

/** Many on their way to each worker, and none that waits for a place: its pool looks through all who wait at every answer. */
export const rpcMany = rpcWith("Effect RPC, 64 in flight", 64, 64)
