/**
 * What a task's fibers log to, trace with and count in: it notes everything in their task's outlet. They also keep what they
 * need themselves: a span's attributes, the metrics of their OS thread.
 */
import * as Context from "effect/Context"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import { constVoid } from "effect/Function"
import * as Logger from "effect/Logger"
import type * as Metric from "effect/Metric"
import * as Option from "effect/Option"
import * as References from "effect/References"
import * as Tracer from "effect/Tracer"
import { CurrentOutlet, Note, tell, tellAll, tellCause } from "./telemetry.ts"
import type { Codec, Link, Outlet, Series, SpanRef, Updates } from "./telemetry.ts"

export const forwardingLogger: Logger.Logger<unknown, void> = Logger.make(
  ({ cause, date, fiber, logLevel, message }) => {
    const outlet = fiber.getRef(CurrentOutlet)
    if (outlet === undefined) return
    const { codec } = outlet
    outlet.note([Note.log, {
      level: logLevel,
      message: (Array.isArray(message) ? message : [message]).map((part) => tell(codec, part)),
      cause: cause.reasons.length === 0 ? undefined : tellCause(codec, cause),
      annotations: tellAll(codec, fiber.getRef(References.CurrentLogAnnotations)),
      spans: fiber.getRef(References.CurrentLogSpans),
      date: date.getTime(),
      span: fiber.cache.span?.spanId
    }])
  }
)

type SpanOptions = Parameters<Tracer.Tracer["span"]>[0]

export const forwardingTracer: Tracer.Tracer = Tracer.make({
  span(options) {
    const outlet = Fiber.getCurrent()?.getRef(CurrentOutlet)
    if (outlet === undefined) return Tracer.nativeTracer.span(options)
    const { kind, links, name, parent, root, startTime } = options
    const span = new ForwardingSpan(options, outlet)
    outlet.note([Note.start, {
      span: refOf(span),
      name,
      parent: Option.getOrUndefined(Option.map(parent, refOf)),
      links: linksOf(outlet.codec, links),
      startTime,
      kind,
      root
    }])
    return span
  }
})

class ForwardingSpan extends Tracer.NativeSpan {
  private readonly outlet: Outlet

  constructor(options: SpanOptions, outlet: Outlet) {
    super(options)
    this.outlet = outlet
  }

  override end(endTime: bigint, exit: Exit.Exit<unknown, unknown>): void {
    if (this.status._tag === "Ended") return
    super.end(endTime, exit)
    const cause = Exit.isFailure(exit) ? tellCause(this.outlet.codec, exit.cause) : undefined
    this.outlet.note([Note.end, this.spanId, endTime, cause])
  }

  override attribute(key: string, value: unknown): void {
    if (this.status._tag === "Ended") return
    super.attribute(key, value)
    this.outlet.note([Note.attribute, this.spanId, key, tell(this.outlet.codec, value)])
  }

  override event(name: string, startTime: bigint, attributes?: Record<string, unknown>): void {
    if (this.status._tag === "Ended") return
    super.event(name, startTime, attributes)
    this.outlet.note([Note.event, this.spanId, name, startTime, tellAll(this.outlet.codec, attributes ?? {})])
  }

  override addLinks(links: ReadonlyArray<Tracer.SpanLink>): void {
    if (this.status._tag === "Ended") return
    super.addLinks(links)
    this.outlet.note([Note.links, this.spanId, linksOf(this.outlet.codec, links)])
  }
}

/** The span that the caller is in, as its task sees it: attributes and events go to the caller's. */
export const callersSpan = (ref: SpanRef & { readonly isExternal: boolean }, outlet: Outlet): Tracer.AnySpan => {
  if (ref.isExternal) return Tracer.externalSpan(ref)
  const span = new ForwardingSpan({
    name: "caller",
    parent: Option.none(),
    annotations: Context.empty(),
    links: [],
    startTime: 0n,
    kind: "internal",
    root: false,
    sampled: ref.sampled
  }, outlet)
  span._traceId = ref.traceId
  span._spanId = ref.spanId
  return span
}

export const refOf = ({ sampled, spanId, traceId }: Tracer.AnySpan): SpanRef => ({ traceId, spanId, sampled })

export const linksOf = (codec: Codec, links: ReadonlyArray<Tracer.SpanLink>): ReadonlyArray<Link> =>
  links.map(({ attributes, span }) => ({ span: refOf(span), attributes: tellAll(codec, attributes) }))

type Metadata = Metric.Metric.Metadata<unknown, unknown>

/** The metrics of an OS thread, each of whose updates by a task is noted as well. */
export class ForwardingRegistry extends Map<string, Metadata> {
  override set(key: string, metadata: Metadata): this {
    const { hooks } = metadata
    // What is registered with hooks of its own takes no updates.
    if (hooks.update === constVoid) return super.set(key, metadata)
    const series = seriesOf(metadata)
    const note = (context: Context.Context<never>, input: unknown, replaces: boolean) => {
      if (!isTaken(series, input)) return
      Context.get(context, CurrentOutlet)?.update(series, (updates) => add(updates, series, input, replaces))
    }
    const forwarding: Metadata["hooks"] = {
      get: hooks.get,
      update(input, context) {
        hooks.update(input, context)
        note(context, input, series.type === "Gauge")
      },
      modify(input, context) {
        hooks.modify(input, context)
        note(context, input, false)
      }
    }
    // In place, since the first update goes by what was set here, and not by what is found here later.
    return super.set(key, Object.assign(metadata, { hooks: forwarding }))
  }
}

const seriesOf = ({ attributes, description, hooks, id, type }: Metadata): Series => {
  const state = hooks.get(Context.empty())
  // The words of a frequency would be counted on and on.
  const initial = type === "Frequency"
    ? { occurrences: new Map((state as Metric.FrequencyState).occurrences) }
    : state
  return { id, type, description, attributes, state: initial }
}

// A counter that can only grow takes no others.
const isTaken = ({ state, type }: Series, input: unknown): boolean =>
  type !== "Counter" || !(state as Metric.CounterState<number>).incremental || (input as number) >= 0

const add = (updates: Updates, { type }: Series, input: unknown, replaces: boolean): void => {
  if (type !== "Counter" && type !== "Gauge") updates.inputs.push(input)
  else if (replaces) {
    updates.set = input as number
    updates.add = undefined
  } else updates.add = updates.add === undefined ? input as number : (updates.add as number) + (input as number)
}
