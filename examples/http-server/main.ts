/** `node main.ts [--inline] [--port 3000] [--size N] [--capacity N]`: SIGTERM or Ctrl-C finish what has begun. */
import { NodeHttpServer, NodeRuntime } from "@effect/platform-node"
import { Console, Effect, Layer } from "effect"
import { WorkerPool } from "effect-threading"
import { NodeWorkerPool } from "effect-threading/node"
import { HttpRouter, HttpServer } from "effect/http"
import { createServer } from "node:http"
import { availableParallelism } from "node:os"
import { parseArgs } from "node:util"
import { routes, warm } from "./server.ts"

const { values } = parseArgs({
  options: {
    port: { type: "string", default: "3000" },
    // One core is for the server itself.
    size: { type: "string", default: String(Math.max(1, availableParallelism() - 1)) },
    capacity: { type: "string", default: "64" },
    inline: { type: "boolean", default: false }
  }
})

const options = {
  size: Number(values.size),
  capacity: Number(values.capacity),
  onFull: "fail",
  gracePeriod: "500 millis"
} as const

const pool = values.inline ? WorkerPool.layerInline(options) : NodeWorkerPool.layer(options)

const server = NodeHttpServer.layer(createServer, { port: Number(values.port), gracefulShutdownTimeout: "10 seconds" })

// The first worker is there before the first request.
const listening = Layer.effectDiscard(
  Effect.andThen(warm, HttpServer.addressFormattedWith((address) => Console.log(`listening on ${address}`)))
)

Layer.launch(
  Layer.merge(HttpRouter.serve(routes, { disableListenLog: true, disableLogger: true }), listening).pipe(
    Layer.provide(pool),
    Layer.provide(server)
  )
).pipe(NodeRuntime.runMain)
