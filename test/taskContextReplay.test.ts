import { assert, describe, it } from "@effect/vitest"
import { Cause, Context, Duration, Effect, Metric, References, Tracer } from "effect"
import { Thread, ThreadGroup } from "effect-threading"
import { inPlace, inWorker, recorded } from "./support/taskContext.ts"
import type { Call } from "./support/taskContext.ts"

const requests = Metric.counter("requests", { description: "how many", attributes: { route: "/" } })
const growing = Metric.counter("growing", { incremental: true })
const bytes = Metric.counter("bytes", { bigint: true })
const level = Metric.gauge("level")
const words = Metric.frequency("words", { preregisteredWords: ["none"] })
const sizes = Metric.histogram("sizes", { boundaries: Metric.linearBoundaries({ start: 0, width: 10, count: 5 }) })
const waits = Metric.summary("waits", { maxAge: Infinity, maxSize: 1024, quantiles: [0.5, 0.9] })
const timer = Metric.timer("timer")

/** Callers whose task must show to their loggers, tracer and metrics as if it were no task. */
const programs: Readonly<Record<string, (call: Call) => Effect.Effect<unknown, unknown>>> = {
  "log lines": (call) => call(Effect.andThen(Effect.log("one", { two: 2 }, [3]), Effect.logWarning("four"))),

  "log lines of the levels that the caller wants": (call) =>
    call(Effect.andThen(Effect.logDebug("debug"), Effect.logTrace("trace"))).pipe(
      Effect.provideService(References.MinimumLogLevel, "Debug")
    ),

  "log lines below the caller's level": (call) => call(Effect.logDebug("not seen")),

  "log lines of the level that is the caller's": (call) =>
    Effect.provideService(call(Effect.log("as an error")), References.CurrentLogLevel, "Error"),

  "log lines of a level that the task sets itself": (call) =>
    call(Effect.provideService(Effect.logDebug("seen"), References.MinimumLogLevel, "Debug")),

  "causes": (call) =>
    call(Effect.logError("oh", Cause.combine(Cause.fail("failed"), Cause.die(new Error("died"))), "no")),

  "annotations": (call) =>
    call(Effect.log("both").pipe(Effect.annotateLogs("task", { id: 7 }))).pipe(Effect.annotateLogs("caller", "me")),

  "log spans": (call) => call(Effect.log("inside").pipe(Effect.withLogSpan("task"))).pipe(Effect.withLogSpan("caller")),

  "the thread's name": (call) =>
    Thread.fork(call(Effect.log("hi")), { name: "crawler" }).pipe(Effect.flatMap(Thread.join), ThreadGroup.supervise),

  "spans": (call) =>
    call(
      Effect.void.pipe(
        Effect.withSpan("inner", { attributes: { n: 1, list: [1, 2] }, kind: "client" }),
        Effect.andThen(Effect.annotateCurrentSpan({ late: true })),
        Effect.withSpan("outer")
      )
    ),

  "spans inside the caller's": (call) => Effect.withSpan(call(Effect.withSpan(Effect.void, "task")), "caller"),

  "what a task says of the caller's span": (call) =>
    Effect.withSpan(
      call(Effect.andThen(Effect.annotateCurrentSpan("rows", 3), Effect.log("an event"))),
      "caller"
    ),

  "spans that fail": (call) => call(Effect.withSpan(Effect.fail({ code: 1 }), "failing")),

  "spans that die": (call) => call(Effect.withSpan(Effect.die("reason"), "dying")),

  "spans that are interrupted": (call) => call(Effect.withSpan(Effect.interrupt, "interrupted")),

  "events": (call) => call(Effect.logError("in a span", Cause.fail("x")).pipe(Effect.withSpan("span"))),

  "log lines of a span": (call) =>
    call(
      Effect.log("inner").pipe(Effect.withSpan("inner"), Effect.andThen(Effect.log("outer")), Effect.withSpan("outer"))
    ),

  "links": (call) =>
    call(
      Effect.gen(function*() {
        const first = yield* Effect.makeSpan("first")
        first.end(1n, yield* Effect.exit(Effect.void))
        const span = yield* Effect.makeSpan("linked")
        span.addLinks([{ span: first, attributes: { why: "before" } }])
        yield* Effect.linkSpans(Effect.withSpan(Effect.void, "also"), first)
        span.end(2n, yield* Effect.exit(Effect.void))
      })
    ),

  "links from the caller": (call) =>
    call(Effect.withSpan(Effect.void, "task")).pipe(
      Effect.linkSpans(Tracer.externalSpan({ traceId: "t", spanId: "s" }), { why: "asked" })
    ),

  "roots": (call) => Effect.withSpan(call(Effect.withSpan(Effect.void, "task", { root: true })), "caller"),

  "spans inside one from elsewhere": (call) =>
    call(Effect.withSpan(Effect.void, "task")).pipe(
      Effect.withParentSpan(Tracer.externalSpan({ traceId: "t", spanId: "s" }))
    ),

  "spans that are not sampled": (call) =>
    Effect.withSpan(call(Effect.withSpan(Effect.void, "task")), "caller", { sampled: false }),

  "spans below the caller's level": (call) =>
    Effect.provideService(
      call(Effect.withSpan(Effect.void, "task", { level: "Debug" })),
      Tracer.MinimumTraceLevel,
      "Info"
    ),

  "annotations of spans": (call) =>
    call(Effect.withSpan(Effect.void, "task").pipe(Effect.annotateSpans("task", 1))).pipe(
      Effect.annotateSpans("caller", 2)
    ),

  "no spans where tracing is off": (call) =>
    Effect.withTracerEnabled(call(Effect.withSpan(Effect.void, "task")), false),

  "no spans where the span around is not propagated": (call) =>
    Effect.withSpan(call(Effect.withSpan(Effect.void, "task")), "off", {
      annotations: Context.make(Tracer.DisablePropagation, true)
    }),

  "counters": (call) =>
    call(Effect.all([
      Metric.update(requests, 2),
      Metric.update(requests, 3),
      Metric.update(growing, 5),
      Metric.update(growing, -1),
      Metric.modify(growing, 1),
      Metric.update(bytes, 7n),
      Metric.update(bytes, 8n)
    ])),

  "gauges": (call) =>
    Effect.andThen(
      Metric.update(level, 10),
      call(Effect.all([Metric.modify(level, 5), Metric.modify(level, -1)]))
    ),

  "gauges that are set": (call) =>
    call(Effect.all([Metric.modify(level, 5), Metric.update(level, 2), Metric.modify(level, 1)])),

  "frequencies": (call) =>
    call(Effect.all([Metric.update(words, "a"), Metric.update(words, "b"), Metric.update(words, "a")])),

  "histograms": (call) => call(Effect.forEach([1, 11, 12, 99], (size) => Metric.update(sizes, size))),

  "summaries": (call) => call(Effect.forEach([1, 2, 3, 4], (wait) => Metric.update(waits, wait))),

  "timers": (call) => call(Metric.update(timer, Duration.millis(3))),

  "metrics with attributes of both sides": (call) =>
    call(Metric.update(Metric.withAttributes(requests, { task: "t" }), 1)).pipe(
      Effect.provideService(Metric.CurrentMetricAttributes, { caller: "c" })
    ),

  "what a task of a task tells": (call) =>
    Effect.gen(function*() {
      yield* Effect.log("outer")
      yield* call(
        Effect.log("inner").pipe(
          Effect.andThen(Effect.annotateCurrentSpan("deep", true)),
          Effect.andThen(Metric.update(requests, 1)),
          Effect.andThen(Effect.withSpan(Effect.void, "innermost")),
          Effect.annotateLogs("inner", 1)
        )
      ).pipe(Effect.annotateLogs("outer", 1))
    }).pipe(Effect.withSpan("outer"), call, Effect.withSpan("caller"), Effect.annotateLogs("caller", 1)),

  "everything, of fibers of the task's own": (call) =>
    call(
      Effect.forEach([1, 2, 3], (n) =>
        Effect.log("fiber", n).pipe(
          Effect.andThen(Effect.yieldNow),
          Effect.andThen(Metric.update(requests, n)),
          Effect.withSpan(`span ${n}`)
        ), { concurrency: "unbounded" })
    )
}

describe("as without a task come back", () => {
  for (const [title, program] of Object.entries(programs)) {
    it.live(title, () =>
      Effect.gen(function*() {
        const expected = yield* recorded(program(inPlace))
        assert.deepStrictEqual(yield* recorded(program(inWorker())), expected)
      }))
  }
})
