import { Duration, type Effect, type Layer } from "effect"
import { Thread } from "effect-threading"
import { NodeDiagnostics } from "effect-threading/node"
import type { HttpServerRequest, HttpServerResponse } from "effect/http"
import { HttpRouter } from "effect/http"
import { describe, expect, test } from "tstyche"

declare const anyOptions: NodeDiagnostics.Options

describe("NodeDiagnostics", () => {
  test("layer provides nothing, needs nothing and cannot fail", () => {
    expect(NodeDiagnostics.layer()).type.toBe<Layer.Layer<never>>()
    expect(NodeDiagnostics.layer({ signal: false, stall: true })).type.toBe<Layer.Layer<never>>()
    expect(NodeDiagnostics.layer({ signal: "SIGINFO", stall: { after: Duration.seconds(2), dump: true } })).type.toBe<
      Layer.Layer<never>
    >()
    expect(NodeDiagnostics.layer({ http: undefined, stall: { after: "200 millis" } })).type.toBe<Layer.Layer<never>>()
  })

  test("layer may fail to listen once it is to serve", () => {
    expect(NodeDiagnostics.layer({ http: { port: 7070 } })).type.toBe<
      Layer.Layer<never, NodeDiagnostics.ListenError>
    >()
    expect(NodeDiagnostics.layer(anyOptions)).type.toBe<Layer.Layer<never, NodeDiagnostics.ListenError>>()
  })

  test("layer takes signals, ports and paths", () => {
    expect(NodeDiagnostics.layer).type.not.toBeCallableWith({ signal: "USR2" })
    expect(NodeDiagnostics.layer).type.not.toBeCallableWith({ http: {} })
    expect(NodeDiagnostics.layer).type.not.toBeCallableWith({ http: { port: 1, path: "threads" } })
    expect(NodeDiagnostics.layer).type.not.toBeCallableWith({ stall: { after: "1 sekunde" } })
  })

  test("handler is a route of any HttpRouter", () => {
    expect(NodeDiagnostics.handler).type.toBe<
      Effect.Effect<HttpServerResponse.HttpServerResponse, never, HttpServerRequest.HttpServerRequest>
    >()
    expect(HttpRouter.add("GET", "/threads", NodeDiagnostics.handler)).type.toBe<
      Layer.Layer<never, never, HttpRouter.HttpRouter>
    >()
  })
})

describe("Thread.dump", () => {
  test("needs no region and cannot fail", () => {
    expect(Thread.dump).type.toBe<Effect.Effect<Thread.Dump>>()
  })

  test("is read, not written", () => {
    expect<Thread.Dump["threads"]>().type.toBe<ReadonlyArray<Thread.DumpedThread>>()
    expect<Thread.DumpedThread["state"]>().type.toBe<"Runnable" | "Running" | "Blocked" | "Idle">()
  })
})
