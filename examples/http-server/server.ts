/**
 * The server: `/health` is answered at once, whatever else is going on; all that computes is a task of the worker pool. Which
 * pool that is, OS threads or the server's own, is for whoever provides its Layer.
 */
import { Context, Duration, Effect, Layer, Option, Schema, Sink, Stream } from "effect"
import { Task, WorkerPool } from "effect-threading"
import type { HttpServerError } from "effect/http"
import { HttpRouter, HttpServerRequest, HttpServerResponse } from "effect/http"
import type { BadInput } from "./tasks.ts"

const tasks = Task.module<typeof import("./tasks.ts")>(new URL("./tasks.ts", import.meta.url))

/** How long a client waits for an answer, or for the first bytes of one, at most. */
export const Deadline = Context.Reference<Duration.Duration>("http-server/Deadline", {
  defaultValue: () => Duration.seconds(2)
})

const problem = (status: number, error: string, headers: Record<string, string> = {}) =>
  Effect.succeed(HttpServerResponse.jsonUnsafe({ error }, { status, headers }))

// #region answer
type Expected = BadInput | Schema.SchemaError | HttpServerError.HttpServerError | WorkerPool.TaskError

/** Answers with the response, or with what came in its way. A task that is past the deadline is cancelled. */
const answer = <R>(response: Effect.Effect<HttpServerResponse.HttpServerResponse, Expected, R>) =>
  Effect.flatMap(Deadline, (deadline) => Effect.timeout(response, deadline)).pipe(
    Effect.catchReason(
      "TaskError",
      "QueueFull",
      () => problem(503, "There is too much to do at the moment", { "retry-after": "1" })
    ),
    Effect.catchTags({
      TimeoutError: () => problem(504, "It took too long"),
      TaskError: ({ message }) => problem(500, message)
    }),
    Effect.catch(({ message }) => problem(400, message))
  )
// #endregion answer

const Params = Schema.Struct({ n: Schema.FiniteFromString })
const Search = Schema.Struct({
  rounds: Schema.optional(Schema.FiniteFromString),
  rows: Schema.optional(Schema.FiniteFromString)
})

const health = HttpRouter.add("GET", "/health", HttpServerResponse.text("ok"))

const fib = HttpRouter.add(
  "GET",
  "/fib/:n",
  answer(Effect.gen(function*() {
    const { n } = yield* HttpRouter.schemaPathParams(Params)
    return HttpServerResponse.jsonUnsafe({ result: yield* tasks.fib(n) })
  }))
)

// #region hash
const hash = HttpRouter.add(
  "POST",
  "/hash",
  answer(Effect.gen(function*() {
    const { rounds = 1 } = yield* HttpServerRequest.schemaSearchParams(Search)
    const request = yield* HttpServerRequest.HttpServerRequest
    const body = new Uint8Array(yield* request.arrayBuffer)
    return HttpServerResponse.jsonUnsafe({ result: yield* tasks.hash(Task.transfer(body), rounds) })
  }))
)
// #endregion hash

// #region report
/** The first line is awaited, so that there still is a status to choose; the rest flows no faster than the client reads. */
const report = HttpRouter.add(
  "GET",
  "/report",
  answer(Effect.gen(function*() {
    const { rows = 1000 } = yield* HttpServerRequest.schemaSearchParams(Search)
    const [first, rest] = yield* Stream.peel(tasks.report(rows), Sink.head())
    return HttpServerResponse.stream(Stream.concat(Stream.fromIterable(Option.toArray(first)), rest), {
      contentType: "text/plain"
    })
  }))
)
// #endregion report

const stats = HttpRouter.add(
  "GET",
  "/stats",
  Effect.map(WorkerPool.stats, (stats) => HttpServerResponse.jsonUnsafe(stats))
)

export const routes = Layer.mergeAll(health, fib, hash, report, stats)

/** Starts a worker and lets it load the tasks, so that no request has to wait for that. */
export const warm = tasks.fib(0)
