import { Schema } from "effect"
import { Rpc, RpcGroup } from "effect/rpc"

const options = { payload: { a: Schema.Number, b: Schema.Number }, success: Schema.Number }

export class Tasks extends RpcGroup.make(Rpc.make("add", options), Rpc.make("spin", options)) {}
