/**
 * Looks into a running process: `Thread.dump` on a signal and over HTTP, and an alarm when the event loop stands still, or a
 * worker's does, with the stack of what holds it up.
 *
 * @since 0.2.0
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as HttpServerRequest from "effect/http/HttpServerRequest"
import type * as HttpServerResponse from "effect/http/HttpServerResponse"
import * as Layer from "effect/Layer"
import { takeDump } from "../internal/dump.ts"
import { answer, serveDump } from "./internal/dumpServer.ts"
import type { ListenError } from "./internal/dumpServer.ts"
import { dumpOnSignal } from "./internal/dumpSignal.ts"
import { stallAlarm } from "./internal/stallAlarm.ts"

export {
  /** @since 0.2.0 */
  ListenError
} from "./internal/dumpServer.ts"

/**
 * Where the dump is served: `host` defaults to `"127.0.0.1"`, `path` to `"/threads"`. Port 0 is any that is free; the log names
 * it.
 *
 * @since 0.2.0
 * @category models
 */
export interface HttpOptions {
  readonly port: number
  readonly host?: string | undefined
  readonly path?: `/${string}` | undefined
}

/**
 * When the stall alarm goes off: the event loop has not turned for longer than `after`, by default `"1 second"`. With `dump` it
 * also prints a dump of all threads as they are at that moment, which no signal can get out of an endless loop.
 *
 * @since 0.2.0
 * @category models
 */
export interface StallOptions {
  readonly after?: Duration.Input | undefined
  readonly dump?: boolean | undefined
}

/**
 * What is to be looked at, and how.
 *
 * - `signal`: the signal on which a dump is printed to stderr, default `"SIGUSR2"`; `false` for none.
 * - `http`: serves the dump, as text, or as JSON if asked by `Accept: application/json` or `?format=json`. Default: not.
 * - `stall`: the stall alarm, `true` for one second. Default: none.
 *
 * @since 0.2.0
 * @category models
 */
export interface Options<Http extends HttpOptions | undefined = HttpOptions | undefined> {
  readonly signal?: `SIG${string}` | false | undefined
  readonly http?: Http | undefined
  readonly stall?: StallOptions | boolean | undefined
}

/**
 * Prints `Thread.dump` on a signal, serves it over HTTP and raises the stall alarm, as the options say, until the layer is closed.
 * Nothing of it keeps the process alive. These dumps also tell where the worker threads are that have been busy for a second.
 *
 * The alarm is written to stderr while the loop still stands, by an OS thread that watches it, with the main thread's stack
 * sampled through the inspector; when the loop moves again, a warning is logged with the duration and that stack. It watches the
 * worker threads that pools start while the layer is open as well, and tells which task one stands still in, and who called it.
 *
 * ```ts
 * import { NodeRuntime } from "@effect/platform-node"
 * import { Effect } from "effect"
 * import { Thread, ThreadGroup } from "effect-threading"
 * import { NodeDiagnostics } from "effect-threading/node"
 *
 * // kill -USR2 <pid> or curl localhost:7070/threads tell what all threads do; a loop of more than 200 ms tells of itself.
 * const diagnostics = NodeDiagnostics.layer({ http: { port: 7070 }, stall: { after: "200 millis" } })
 *
 * const program = Effect.gen(function*() {
 *   const worker = yield* Thread.fork(Effect.sleep("1 hour"), { name: "worker" })
 *   yield* Thread.join(worker)
 * })
 *
 * program.pipe(ThreadGroup.supervise, Effect.provide(diagnostics), NodeRuntime.runMain)
 * ```
 *
 * @since 0.2.0
 * @category layers
 */
export const layer = <const Http extends HttpOptions | undefined = undefined>(
  options: Options<Http> = {}
): Layer.Layer<never, [Http] extends [undefined] ? never : ListenError> =>
  Layer.effectDiscard(Effect.gen(function*() {
    const { http, signal = "SIGUSR2", stall = false } = options
    if (signal !== false) yield* dumpOnSignal(signal)
    if (http !== undefined) yield* serveDump(http)
    if (stall !== false) {
      const { after = "1 second", dump = false } = stall === true ? {} : stall
      yield* stallAlarm(Duration.toMillis(Duration.fromInputUnsafe(after)), dump ? () => String(takeDump()) : undefined)
    }
    // What can fail is in the type as soon as `http` is.
  })) as Layer.Layer<never, [Http] extends [undefined] ? never : ListenError>

/**
 * Answers a request with `Thread.dump`, as text or JSON, for an `HttpRouter` that is there already:
 * `HttpRouter.add("GET", "/threads", NodeDiagnostics.handler)`.
 *
 * @since 0.2.0
 * @category http
 */
export const handler: Effect.Effect<
  HttpServerResponse.HttpServerResponse,
  never,
  HttpServerRequest.HttpServerRequest
> = Effect.gen(function*() {
  // Loaded when first asked: who only wants the alarm shall not wait for all of Effect's HTTP modules.
  const [{ HttpServerRequest }, HttpServerResponse] = yield* Effect.promise(() =>
    Promise.all([import("effect/http/HttpServerRequest"), import("effect/http/HttpServerResponse")])
  )
  const { headers, url } = yield* HttpServerRequest
  const { body, contentType } = yield* answer(url, headers["accept"])
  return HttpServerResponse.text(body, { contentType })
})
