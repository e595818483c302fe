/** Each pool in its own words. Nothing of the others is loaded beside it. */
import type { RpcClient, RpcClientError, RpcGroup } from "effect/rpc"
import { NegativeInput } from "./tasks.ts"

export type Name = "echo" | "rest" | "stay" | "crash" | "refuse" | "loop" | "tidyLoop" | "tidyWait"

export type Run = (task: Name, input: unknown, signal?: AbortSignal) => PromiseLike<unknown>

export interface Options {
  readonly size: number
  readonly heapMegabytes: number
}

const path = (file: string) => new URL(file, import.meta.url).pathname

const ours = async ({ size, heapMegabytes }: Options): Promise<Run> => {
  const { ManagedRuntime } = await import("effect")
  const { Task } = await import("effect-threading")
  const { NodeWorkerPool } = await import("effect-threading/node")
  const tasks = Task.module<typeof import("./ourTasks.ts")>(new URL("./ourTasks.ts", import.meta.url), {
    classes: [NegativeInput]
  })
  const runtime = ManagedRuntime.make(
    NodeWorkerPool.layer({ size, resourceLimits: { maxOldGenerationSizeMb: heapMegabytes } })
  )
  return (task, input, signal) => runtime.runPromise(tasks[task](input as never), { signal })
}

const piscina = async ({ size, heapMegabytes }: Options): Promise<Run> => {
  const { Piscina } = await import("piscina")
  const pool = new Piscina({
    filename: path("./tasks.ts"),
    minThreads: size,
    maxThreads: size,
    resourceLimits: { maxOldGenerationSizeMb: heapMegabytes }
  })
  return (name, input, signal) => pool.run(input, { name, signal: signal ?? null })
}

const tinypool = async ({ size, heapMegabytes }: Options): Promise<Run> => {
  const { Tinypool } = await import("tinypool")
  const pool = new Tinypool({
    filename: path("./tasks.ts"),
    minThreads: size,
    maxThreads: size,
    resourceLimits: { maxOldGenerationSizeMb: heapMegabytes }
  })
  return (name, input, signal) => pool.run(input, { name, signal: signal ?? null })
}

const poolifier = async ({ size, heapMegabytes }: Options): Promise<Run> => {
  const { FixedThreadPool } = await import("poolifier")
  const pool = new FixedThreadPool(size, path("./poolifierWorker.ts"), {
    workerOptions: { resourceLimits: { maxOldGenerationSizeMb: heapMegabytes } }
  })
  // Its emitter's errors would end the program if nobody heard them.
  pool.emitter?.on("error", () => {})
  return (name, input, signal) => pool.execute(input, name, signal)
}

const workerpool = async ({ size, heapMegabytes }: Options): Promise<Run> => {
  const { pool: start } = await import("workerpool")
  const pool = start(path("./workerpoolWorker.ts"), {
    minWorkers: size,
    maxWorkers: size,
    workerType: "thread",
    workerThreadOpts: { resourceLimits: { maxOldGenerationSizeMb: heapMegabytes } }
  })
  return (name, input, signal) => {
    const result = pool.exec(name, [input])
    signal?.addEventListener("abort", () => {
      result.cancel()
    })
    return result
  }
}

/** Its workers take no limits: see `unlimited`. */
const multithreading = async ({ size }: Options): Promise<Run> => {
  const { initRuntime, move, spawn } = await import("multithreading")
  initRuntime({ maxWorkers: size })
  const url = new URL("./tasks.ts", import.meta.url).href
  return async (name, input, signal) => {
    const handle = spawn(move(url, name, input), async (url, name, input) => (await import(url))[name](input))
    signal?.addEventListener("abort", () => handle.abort())
    const result = await handle.join()
    if (!result.ok) throw result.error
    return result.value
  }
}

const rpc = async ({ size, heapMegabytes }: Options): Promise<Run> => {
  const { Context, Effect, Layer, ManagedRuntime } = await import("effect")
  const { RpcClient } = await import("effect/rpc")
  const { NodeWorker } = await import("@effect/platform-node")
  const { Worker } = await import("node:worker_threads")
  const { Tasks } = await import("./rpcGroup.ts")
  const make = RpcClient.make(Tasks)
  const Client = Context.Service<RpcClient.RpcClient<RpcGroup.Rpcs<typeof Tasks>, RpcClientError.RpcClientError>>(
    "compare/Client"
  )
  const worker = () =>
    new Worker(new URL("./rpcWorker.ts", import.meta.url), {
      resourceLimits: { maxOldGenerationSizeMb: heapMegabytes }
    })
  const runtime = ManagedRuntime.make(
    Layer.effect(Client, make).pipe(
      Layer.provide(RpcClient.layerProtocolWorker({ size })),
      Layer.provide(NodeWorker.layer(worker))
    )
  )
  return (task, input, signal) =>
    runtime.runPromise(Effect.flatMap(Client, (client) => client[task]({ input })), { signal })
}

/** By package, ours first. */
export const pools = { "effect-threading": ours, piscina, tinypool, poolifier, workerpool, multithreading, effect: rpc }

export type Package = keyof typeof pools

/** Those whose workers would take the whole machine's memory. */
export const unlimited: ReadonlyArray<string> = ["multithreading"]
