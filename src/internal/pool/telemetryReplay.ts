/**
 * The caller's side of what a task has to tell: it is logged by the caller's loggers, traced by its tracer and counted in its
 * metrics, as if the caller's fiber had done so itself.
 */
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Exit from "effect/Exit"
import type * as Fiber from "effect/Fiber"
import * as Inspectable from "effect/Inspectable"
import * as Metric from "effect/Metric"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import * as References from "effect/References"
import * as Tracer from "effect/Tracer"
import { propagated } from "./context.ts"
import { Note } from "./telemetry.ts"
import type { Codec, Link, LogLine, Series, SpanRef, SpanStart, Telemetry, Updates } from "./telemetry.ts"

type AnyFiber = Fiber.Fiber<unknown, unknown>
type AnyContext = Context.Context<never>

/** How many spans that have ended are remembered. */
const remembered = 100

export class Replay {
  private readonly fiber: AnyFiber
  /** The fiber's context when it made the call. */
  private readonly context: AnyContext
  private readonly codec: Codec
  /** The spans of the task, and of those that it has called, by what they are called in the workers. */
  private readonly spans = new Map<string, Tracer.Span>()
  /** Those that ended lately: there may be links to them, and more children. */
  private readonly ended = new Map<string, Tracer.Span>()
  /** The caller's fiber as loggers look at it, with the context of the line. */
  private logged: AnyFiber | undefined
  private defect: Cause.Cause<never> | undefined

  constructor(fiber: AnyFiber, context: AnyContext, codec: Codec) {
    this.fiber = fiber
    this.context = context
    this.codec = codec
  }

  play(telemetry: Telemetry): void {
    try {
      this.tell(telemetry)
    } catch (defect) {
      this.defect ??= Cause.die(defect)
    }
  }

  /** Nothing more comes. What the caller's own loggers or tracer have thrown, it would have died of. */
  end(): Cause.Cause<never> | undefined {
    const now = Context.get(this.context, Clock.Clock).currentTimeNanosUnsafe()
    for (const span of this.spans.values()) span.end(now, Exit.interrupt())
    this.spans.clear()
    return this.defect
  }

  private tell(telemetry: Telemetry): void {
    switch (telemetry[0]) {
      case Note.log:
        return this.log(telemetry[1])
      case Note.start:
        return this.start(telemetry[1])
      case Note.attribute:
        return this.spanOf(telemetry[1])?.attribute(telemetry[2], this.hear(telemetry[3]))
      case Note.event:
        return this.spanOf(telemetry[1])?.event(telemetry[2], telemetry[3], this.hearAll(telemetry[4]))
      case Note.links:
        return this.spanOf(telemetry[1])?.addLinks(telemetry[2].map((link) => this.linkOf(link)))
      case Note.end:
        return this.finish(telemetry[1], telemetry[2], telemetry[3])
      case Note.metric:
        return this.update(telemetry[1], telemetry[2])
    }
  }

  private log({ annotations, cause, date, level, message, span, spans }: LogLine): void {
    let context = Context.add(this.context, References.CurrentLogSpans, spans)
    context = Context.add(context, References.CurrentLogAnnotations, {
      ...Context.get(context, References.CurrentLogAnnotations),
      ...this.hearAll(annotations)
    })
    const started = span === undefined ? undefined : this.spans.get(span)
    if (started !== undefined) context = Context.add(context, Tracer.ParentSpan, started) as AnyContext
    const fiber = this.logged ??= copyOf(this.fiber)
    fiber.setContext(context)
    const line = {
      cause: cause === undefined ? Cause.empty : this.hearCause(cause),
      date: new Date(date),
      fiber,
      logLevel: level,
      message: message.map((part) => this.hear(part))
    }
    for (const logger of Context.get(context, References.CurrentLoggers)) logger.log(line)
  }

  private start({ kind, links, name, parent, root, span, startTime }: SpanStart): void {
    const tracer = Context.getOrUndefined(this.context, Tracer.Tracer) ?? Tracer.nativeTracer
    this.spans.set(
      span.spanId,
      tracer.span({
        name,
        parent: Option.fromUndefinedOr(parent && this.resolve(parent)),
        annotations: Context.empty(),
        links: links.map((link) => this.linkOf(link)),
        startTime,
        kind,
        root,
        sampled: span.sampled
      })
    )
  }

  private finish(id: string, time: bigint, cause: unknown): void {
    const span = this.spans.get(id)
    if (span === undefined) return
    this.spans.delete(id)
    this.ended.set(id, span)
    if (this.ended.size > remembered) this.ended.delete(this.ended.keys().next().value!)
    span.end(time, cause === undefined ? Exit.void : Exit.failCause(this.hearCause(cause)))
  }

  private spanOf(id: string): Tracer.Span | undefined {
    const started = this.spans.get(id)
    if (started !== undefined) return started
    const own = this.own
    return own?._tag === "Span" && own.spanId === id ? own : undefined
  }

  /** The span that the caller is in. */
  private get own(): Tracer.AnySpan | undefined {
    return propagated(Context.getOrUndefined(this.context, Tracer.ParentSpan))
  }

  private resolve(ref: SpanRef): Tracer.AnySpan {
    const { own } = this
    return this.spans.get(ref.spanId) ?? this.ended.get(ref.spanId) ??
      (own?.spanId === ref.spanId ? own : Tracer.externalSpan(ref))
  }

  private linkOf({ attributes, span }: Link): Tracer.SpanLink {
    return { span: this.resolve(span), attributes: this.hearAll(attributes) }
  }

  // It may be made of what only another worker knows, whose task this one has called.
  private hear(encoded: unknown): unknown {
    try {
      return this.codec.decode(encoded)
    } catch {
      return Inspectable.toStringUnknown(encoded)
    }
  }

  private hearAll(encoded: unknown): Record<string, unknown> {
    const values = this.hear(encoded)
    return Predicate.isObject(values) ? values as Record<string, unknown> : { values }
  }

  private hearCause(encoded: unknown): Cause.Cause<unknown> {
    const cause = this.hear(encoded)
    return Cause.isCause(cause) ? cause : Cause.die(cause)
  }

  private update(series: Series, { add, inputs, set }: Updates): void {
    const metric = metricOf(series)
    // The attributes of the context are among those of the series.
    const context = Context.add(this.context, Metric.CurrentMetricAttributes, {})
    if (set !== undefined) metric.updateUnsafe(set as never, context)
    if (add !== undefined) metric.modifyUnsafe(add as never, context)
    for (const input of inputs) metric.updateUnsafe(input as never, context)
  }
}

// Not with the fiber as its prototype: that would make the fiber itself slow.
const copyOf = (fiber: AnyFiber): AnyFiber => Object.assign(Object.create(Object.getPrototypeOf(fiber)), fiber)

/** The metric that a series is of. If the caller has not used it yet, a new one is made of what the series tells. */
const metricOf = ({ attributes, description, id, state, type }: Series): Metric.Metric<never, unknown> => {
  const options = { description, attributes }
  switch (type) {
    case "Counter": {
      const { count, incremental } = state as Metric.CounterState<number | bigint>
      return typeof count === "bigint"
        ? Metric.counter(id, { ...options, incremental, bigint: true })
        : Metric.counter(id, { ...options, incremental })
    }
    case "Gauge":
      return typeof (state as Metric.GaugeState<number | bigint>).value === "bigint"
        ? Metric.gauge(id, { ...options, bigint: true })
        : Metric.gauge(id, options)
    case "Frequency":
      return Metric.frequency(id, {
        ...options,
        preregisteredWords: [...(state as Metric.FrequencyState).occurrences.keys()]
      })
    case "Histogram":
      return Metric.histogram(id, {
        ...options,
        boundaries: (state as Metric.HistogramState).buckets.map(([boundary]) => boundary)
      })
    case "Summary":
      // How much a summary remembers is known to nobody but the metric itself.
      return Metric.summaryWithTimestamp(id, {
        ...options,
        quantiles: (state as Metric.SummaryState).quantiles.map(([quantile]) => quantile),
        maxAge: Duration.infinity,
        maxSize: 1024
      })
  }
}
