/** A task's context without a pool: what goes along and what comes back are cloned, as between OS threads. */
import { Cause, Context, Effect, Exit, Logger, Metric, Option, References, Tracer } from "effect"
import { Headers, TaskContexts } from "../../src/internal/pool/context.ts"
import type { Codec, Telemetry } from "../../src/internal/pool/telemetry.ts"
import { Replay } from "../../src/internal/pool/telemetryReplay.ts"

/** Causes and plain data. */
export const codec: Codec = {
  encode(value) {
    const encoded = Cause.isCause(value)
      ? {
        cause: value.reasons.map((reason) => ({
          tag: reason._tag,
          value: Cause.isFailReason(reason) ? reason.error : Cause.isDieReason(reason) ? reason.defect : undefined
        }))
      }
      : value
    structuredClone(encoded)
    return encoded
  },
  decode(encoded) {
    if (typeof encoded !== "object" || encoded === null || !("cause" in encoded)) return encoded
    return Cause.fromReasons((encoded.cause as ReadonlyArray<{ readonly tag: string; readonly value: unknown }>).map(
      ({ tag, value }) =>
        tag === "Fail"
          ? Cause.makeFailReason(value)
          : tag === "Die"
          ? Cause.makeDieReason(value)
          : Cause.makeInterruptReason()
    ))
  }
}

/** Runs an effect as a task of the fiber that calls it. */
export type Call = <A, E>(task: Effect.Effect<A, E>) => Effect.Effect<A, E>

/** As a program would without a pool. */
export const inPlace: Call = (task) => task

/** What a task's fiber knows of who called first: a task of a task tells it all. */
interface First {
  readonly replay: Replay
  readonly post: () => void
}
const First = Context.Reference<First | undefined>("test/First", { defaultValue: () => undefined })

/** As a task in a worker that may have services of its own. */
export const inWorker = (options?: {
  readonly references?: ReadonlyArray<Context.Reference<unknown>>
  readonly services?: Context.Context<never>
  /** How many things are told in one message. */
  readonly size?: number
  /** What was posted. */
  readonly posted?: Array<Telemetry>
}): Call => {
  const headers = new Headers(options?.references ?? [], codec)
  const contexts = new TaskContexts(options?.services ?? Context.empty())
  return (task) =>
    Effect.withFiber((caller) => {
      const first = caller.getRef(First)
      first?.post()
      const replay = first?.replay ?? new Replay(caller, caller.context, codec)
      let outbox: Array<Telemetry> = []
      const post = () => {
        const batch = structuredClone(outbox)
        outbox = []
        contexts.posted()
        options?.posted?.push(...batch)
        for (const telemetry of batch) replay.play(telemetry)
      }
      const header = structuredClone(headers.of(caller.context))
      const context = contexts.of(header, codec, (telemetry) => {
        outbox.push(telemetry)
        if (outbox.length === (options?.size ?? 3)) post()
      })
      const run = Effect.runPromiseExitWith(Context.add(context, First, { replay, post }))
      return Effect.flatMap(Effect.promise(() => run(task)), (exit) => {
        post()
        const defect = first === undefined ? replay.end() : undefined
        return defect === undefined ? exit : Exit.failCause(defect)
      })
    })
}

/** A span as its tracer sees it, without times and numbers. */
const showSpan = (span: Tracer.NativeSpan): unknown => ({
  name: span.name,
  parent: Option.getOrUndefined(Option.map(span.parent, nameOf)),
  kind: span.kind,
  sampled: span.sampled,
  attributes: withoutIds(Object.fromEntries(span.attributes)),
  events: span.events.map(([name, , attributes]) => [name, withoutIds(attributes)]),
  links: span.links.map(({ attributes, span }) => [nameOf(span), attributes]),
  end: span.status._tag === "Ended" ? showExit(span.status.exit) : span.status._tag
})

const nameOf = (span: Tracer.AnySpan): string => span._tag === "Span" ? span.name : `external ${span.spanId}`

const withoutIds = ({ "effect.fiberId": _, ...attributes }: Readonly<Record<string, unknown>>) => attributes

const showCause = (cause: Cause.Cause<unknown>): ReadonlyArray<unknown> =>
  cause.reasons.map((reason) => [
    reason._tag,
    Cause.isFailReason(reason) ? reason.error : Cause.isDieReason(reason) ? String(reason.defect) : undefined
  ])

const showExit = (exit: Exit.Exit<unknown, unknown>): unknown =>
  Exit.isSuccess(exit) ? "Success" : showCause(exit.cause)

/** Runs a caller with loggers, a tracer and metrics of its own, and answers with what they were told. */
export const recorded = (caller: Effect.Effect<unknown, unknown>): Effect.Effect<{
  readonly logs: ReadonlyArray<unknown>
  readonly spans: ReadonlyArray<unknown>
  readonly metrics: ReadonlyArray<unknown>
  readonly end: unknown
}> =>
  Effect.gen(function*() {
    const logs: Array<unknown> = []
    const spans: Array<Tracer.NativeSpan> = []
    const registry: Context.Service.Shape<typeof Metric.MetricRegistry> = new Map()
    const logger = Logger.make<unknown, void>(({ cause, fiber, logLevel, message }) => {
      logs.push({
        level: logLevel,
        message,
        cause: showCause(cause),
        annotations: fiber.getRef(References.CurrentLogAnnotations),
        spans: fiber.getRef(References.CurrentLogSpans).map(([label]) => label),
        span: fiber.cache.span && nameOf(fiber.cache.span)
      })
    })
    const tracer = Tracer.make({
      span(options) {
        const span = new Tracer.NativeSpan(options)
        spans.push(span)
        return span
      }
    })
    const end = yield* Effect.exit(caller).pipe(
      Effect.provideService(References.CurrentLoggers, new Set([logger, Logger.tracerLogger])),
      Effect.provideService(Tracer.Tracer, tracer),
      Effect.provideService(Metric.MetricRegistry, registry)
    )
    const metrics = Metric.snapshotUnsafe(Context.make(Metric.MetricRegistry, registry))
    return { logs, spans: spans.map(showSpan), metrics, end: showExit(end) }
  })
