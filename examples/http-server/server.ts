/**
 * The server: `/health` is answered at once, whatever else is going on; all that computes is a task of the worker pool. Which
 * pool that is, OS threads or the server's own, is for whoever provides its Layer.
 */
import { Context, Duration, Effect, Layer, Schema, Stream } from "effect"
import { Task, WorkerPool } from "effect-threading"
import type { HttpServerError } from "effect/http"
import { HttpRouter, HttpServerRequest, HttpServerResponse } from "effect/http"
import type { BadInput } from "./tasks.ts"

const tasks = Task.module<typeof import("./tasks.ts")>(new URL("./tasks.ts", import.meta.url))

/** How long a request may take. */
export const Deadline = Context.Reference<Duration.Duration>("http-server/Deadline", {
  defaultValue: () => Duration.seconds(2)
})

const problem = (status: number, message: string, headers: Record<string, string> = {}) =>
  HttpServerResponse.jsonUnsafe({ error: message }, { status, headers })

type Expected = BadInput | Schema.SchemaError | HttpServerError.HttpServerError | WorkerPool.TaskError

/** Answers with the result, or with what came in its way. A task that is past the deadline is cancelled. */
const answer = <R>(result: Effect.Effect<unknown, Expected, R>) =>
  Effect.gen(function*() {
    return HttpServerResponse.jsonUnsafe({ result: yield* Effect.timeout(result, yield* Deadline) })
  }).pipe(
    Effect.catchReason("TaskError", "QueueFull", () =>
      Effect.succeed(problem(503, "Too much to do at the moment", { "retry-after": "1" }))),
    Effect.catchTags({
      TimeoutError: () =>
        Effect.succeed(problem(504, "It took too long")),
      TaskError: ({ message }) =>
        Effect.succeed(problem(500, message))
    }),
    Effect.catch(({ message }) => Effect.succeed(problem(400, message)))
  )

const Params = Schema.Struct({ n: Schema.FiniteFromString })
const Search = Schema.Struct({
  rounds: Schema.optional(Schema.FiniteFromString),
  rows: Schema.optional(Schema.FiniteFromString)
})

const health = HttpRouter.add("GET", "/health", HttpServerResponse.text("ok"))

const fib = HttpRouter.add(
  "GET",
  "/fib/:n",
  answer(Effect.flatMap(HttpRouter.schemaPathParams(Params), ({ n }) => tasks.fib(n)))
)

const hash = HttpRouter.add(
  "POST",
  "/hash",
  answer(Effect.gen(function*() {
    const { rounds = 1 } = yield* HttpServerRequest.schemaSearchParams(Search)
    const request = yield* HttpServerRequest.HttpServerRequest
    const body = new Uint8Array(yield* request.arrayBuffer)
    return yield* tasks.hash(Task.transfer(body), rounds)
  }))
)

/** Flows no faster than the client reads, and ends with it: the worker is free again. */
const report = HttpRouter.add(
  "GET",
  "/report",
  Effect.gen(function*() {
    const { rows = 1000 } = yield* HttpServerRequest.schemaSearchParams(Search)
    const pool = yield* Effect.context<WorkerPool.WorkerPool>()
    return HttpServerResponse.stream(Stream.provideContext(tasks.report(rows), pool), { contentType: "text/plain" })
  }).pipe(Effect.catch((error) => Effect.succeed(problem(400, error.message))))
)

const stats = HttpRouter.add(
  "GET",
  "/stats",
  Effect.map(WorkerPool.stats, (stats) => HttpServerResponse.jsonUnsafe(stats))
)

export const routes = Layer.mergeAll(health, fib, hash, report, stats)

/** Starts a worker and lets it load the tasks, so that no request has to wait for that. */
export const warm = tasks.fib(0)
