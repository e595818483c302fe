/**
 * A tiny server for the dump, and the form of its answers.
 */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import { createServer } from "node:http"
import type { Server } from "node:http"
import type { AddressInfo } from "node:net"
import { takeDumpWithStacks } from "../../internal/dumpStacks.ts"

/**
 * Nobody can be served at this address: another one listens there (`EADDRINUSE`), it is not this machine's, or the user may not.
 *
 * @since 0.2.0
 * @category errors
 */
export class ListenError extends Schema.TaggedError<ListenError>("effect-threading/NodeDiagnostics/ListenError")(
  "ListenError",
  { host: Schema.String, port: Schema.Number, code: Schema.String }
) {
  override get message(): string {
    const why = this.code === "EADDRINUSE" ? "it is taken" : this.code
    return `NodeDiagnostics: cannot serve dumps on port ${this.port} of ${this.host}: ${why}. Choose another port, or 0.`
  }
}

/** The dump, in the form that the request asks for. */
export const answer = (
  url: string,
  accept: string | undefined
): Effect.Effect<{ readonly body: string; readonly contentType: string }> => {
  const format = new URL(url, "http://localhost").searchParams.get("format")
  const isJson = format === "json" || (format === null && accept?.includes("application/json") === true)
  return Effect.map(takeDumpWithStacks, (dump) =>
    isJson
      ? { body: JSON.stringify(dump), contentType: "application/json" }
      : { body: `${dump}\n`, contentType: "text/plain; charset=utf-8" })
}

const makeServer = (path: string): Server =>
  createServer((request, response) => {
    const url = request.url ?? "/"
    if (!URL.canParse(url, "http://localhost") || new URL(url, "http://localhost").pathname !== path) {
      response.writeHead(404, { "content-type": "text/plain; charset=utf-8" }).end(`See ${path}\n`)
    } else if (request.method !== "GET" && request.method !== "HEAD") {
      response.writeHead(405, { allow: "GET, HEAD" }).end()
    } else {
      Effect.runFork(Effect.map(answer(url, request.headers.accept), ({ body, contentType }) => {
        response.writeHead(200, { "content-type": contentType, "cache-control": "no-store" }).end(body)
      }))
    }
  })

const listen = (server: Server, host: string, port: number): Effect.Effect<number, ListenError> =>
  Effect.callback((resume) => {
    server.once(
      "error",
      (error: NodeJS.ErrnoException) =>
        resume(Effect.fail(new ListenError({ host, port, code: error.code ?? error.message })))
    )
    server.listen(port, host, () => resume(Effect.succeed((server.address() as AddressInfo).port)))
  })

const close = (server: Server): Effect.Effect<void> =>
  Effect.callback((resume) => {
    server.close(() => resume(Effect.void))
    server.closeAllConnections()
  })

/** Serves the dump until the scope closes. */
export const serveDump = (
  { host = "127.0.0.1", path = "/threads", port }: {
    readonly port: number
    readonly host?: string | undefined
    readonly path?: string | undefined
  }
): Effect.Effect<void, ListenError, Scope.Scope> =>
  Effect.gen(function*() {
    const server = yield* Effect.acquireRelease(
      Effect.sync(() => {
        const server = makeServer(path).unref()
        // A client that keeps its connection open does not keep the process alive either.
        server.on("connection", (socket) => socket.unref())
        return server
      }),
      close
    )
    const listening = yield* listen(server, host, port)
    yield* Effect.logInfo(
      `Thread dumps are served at http://${host.includes(":") ? `[${host}]` : host}:${listening}${path}`
    )
  })
