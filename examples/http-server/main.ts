/** `node main.ts [--inline] [--port 3000] [--size N] [--capacity 64] [--deadline 2000]`: SIGTERM or Ctrl-C finish what has begun. */
import { NodeHttpServer, NodeRuntime } from "@effect/platform-node"
import { Console, Duration, Effect, Layer } from "effect"
import { WorkerPool } from "effect-threading"
import { NodeWorkerPool } from "effect-threading/node"
import { HttpRouter, HttpServer } from "effect/http"
import { createServer } from "node:http"
import type { IncomingMessage, ServerResponse } from "node:http"
import { availableParallelism } from "node:os"
import { parseArgs } from "node:util"
import { Deadline, routes, warm } from "./server.ts"

const { values } = parseArgs({
  options: {
    port: { type: "string", default: "3000" },
    // One core is for the server itself.
    size: { type: "string", default: String(Math.max(1, availableParallelism() - 1)) },
    capacity: { type: "string", default: "64" },
    deadline: { type: "string", default: "2000" },
    inline: { type: "boolean", default: false }
  }
})

// #region layers
const options = {
  size: Number(values.size),
  capacity: Number(values.capacity),
  onFull: "fail",
  gracePeriod: "500 millis"
} as const

const pool = values.inline ? WorkerPool.layerInline(options) : NodeWorkerPool.layer(options)

const makeServer = () => {
  const server = createServer()
  // Once the server takes no more, a connection ends with its answer, and is not kept for another request.
  const endIdle = (_: IncomingMessage, response: ServerResponse) =>
    response.on("close", () => {
      if (!server.listening) server.closeIdleConnections()
    })
  return server.on("request", endIdle).on("checkContinue", endIdle)
}

const server = NodeHttpServer.layer(makeServer, { port: Number(values.port), gracefulShutdownTimeout: "10 seconds" })

// The first worker is there before the first request.
const listening = Layer.effectDiscard(
  Effect.andThen(warm, HttpServer.addressFormattedWith((address) => Console.log(`listening on ${address}`)))
)

listening.pipe(
  Layer.provide(HttpRouter.serve(routes, { disableListenLog: true, disableLogger: true })),
  Layer.provide([pool, server, Layer.succeed(Deadline, Duration.millis(Number(values.deadline)))]),
  Layer.launch,
  NodeRuntime.runMain
)
// #endregion layers
