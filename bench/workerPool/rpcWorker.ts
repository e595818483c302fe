import { NodeRuntime, NodeWorkerRunner } from "@effect/platform-node"
import { Effect, Layer } from "effect"
import { RpcServer } from "effect/rpc"
import { Tasks } from "./rpcGroup.ts"
import { add, spin } from "./tasks.ts"

const handlers = Tasks.toLayer({
  add: (pair) => Effect.sync(() => add(pair)),
  spin: (pair) => Effect.sync(() => spin(pair))
})

RpcServer.layer(Tasks, { concurrency: "unbounded" }).pipe(
  Layer.provide(handlers),
  Layer.provide(RpcServer.layerProtocolWorkerRunner),
  Layer.provide(NodeWorkerRunner.layer),
  Layer.launch,
  NodeRuntime.runMain
)
