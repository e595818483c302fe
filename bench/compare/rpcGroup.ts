import { Schema } from "effect"
import { Rpc, RpcGroup } from "effect/rpc"

const options = { payload: { input: Schema.Unknown }, success: Schema.Unknown }

export class Tasks extends RpcGroup.make(
  Rpc.make("echo", options),
  Rpc.make("rest", options),
  Rpc.make("stay", options),
  Rpc.make("crash", options),
  Rpc.make("refuse", options),
  Rpc.make("loop", options),
  Rpc.make("tidyLoop", options),
  Rpc.make("tidyWait", options)
) {}
