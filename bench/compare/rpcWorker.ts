import { NodeRuntime, NodeWorkerRunner } from "@effect/platform-node"
import { Effect, Layer } from "effect"
import { RpcServer } from "effect/rpc"
import { tidyWait } from "./effectTasks.ts"
import { Tasks } from "./rpcGroup.ts"
import * as tasks from "./tasks.ts"

interface Payload {
  readonly input: unknown
}

const plain = (task: (input: never) => unknown) => ({ input }: Payload) =>
  Effect.promise(async () => await task(input as never))

const handlers = Tasks.toLayer({
  echo: plain(tasks.echo),
  rest: plain(tasks.rest),
  stay: plain(tasks.stay),
  crash: plain(tasks.crash),
  refuse: plain(tasks.refuse),
  loop: plain(tasks.loop),
  tidyLoop: plain(tasks.tidyLoop),
  tidyWait: ({ input }) => tidyWait(input as tasks.Busy)
})

RpcServer.layer(Tasks).pipe(
  Layer.provide(handlers),
  Layer.provide(RpcServer.layerProtocolWorkerRunner),
  Layer.provide(NodeWorkerRunner.layer),
  Layer.launch,
  NodeRuntime.runMain
)
