/**
 * What of a caller's context goes with its call, and the context that a task runs in: the thread's name, log level, annotations
 * and spans, tracing, and the references that were listed with the module. The caller's services stay where they are.
 */
import * as Context from "effect/Context"
import * as Metric from "effect/Metric"
import * as Option from "effect/Option"
import * as References from "effect/References"
import * as Tracer from "effect/Tracer"
import { Policy } from "../deadlockError.ts"
import { CurrentThread } from "../threadRecord.ts"
import { CurrentOutlet, Outlet, tellAll } from "./telemetry.ts"
import type { Codec, Link, Posts, SpanRef, Telemetry } from "./telemetry.ts"
import {
  callersSpan,
  forwardingLogger,
  ForwardingRegistry,
  forwardingTracer,
  linksOf,
  refOf
} from "./telemetryForward.ts"

type AnyContext = Context.Context<never>

/** What goes with a call; undefined where everything is as it is by default. */
export interface Header {
  /** The caller's thread. */
  readonly thread: string | undefined
  /** The span that the caller is in. */
  readonly span: (SpanRef & { readonly isExternal: boolean }) | undefined
  /** Whether spans are of interest to anybody but the task itself. */
  readonly isTraced: boolean
  readonly references: ReadonlyArray<readonly [key: string, value: unknown]>
}

/** What of a context makes a difference to tasks. What can be encoded goes along if it is not as it is by default. */
interface Followed {
  readonly key: string
  readonly initial: unknown
  readonly read: (context: AnyContext) => unknown
  readonly encode: ((codec: Codec, value: unknown) => unknown) | undefined
}

const follow = <A>(
  reference: Context.Reference<A>,
  encode: (codec: Codec, value: A) => unknown = (codec, value) => codec.encode(value, reference.key)
): Followed => ({
  key: reference.key,
  initial: Context.get(Context.empty(), reference),
  read: (context) => Context.get(context, reference),
  encode: (codec, value) => encode(codec, value as A)
})

const heed = (read: (context: AnyContext) => unknown): Followed => ({
  key: "",
  initial: undefined,
  read,
  encode: undefined
})

const spanOf = (context: AnyContext) => Context.getOrUndefined(context, Tracer.ParentSpan)
const tracerOf = (context: AnyContext) => Context.getOrUndefined(context, Tracer.Tracer)
const threadOf = (context: AnyContext) => Context.get(context, CurrentThread)?.name

const always: ReadonlyArray<Followed> = [
  heed(spanOf),
  heed(tracerOf),
  heed(threadOf),
  follow(References.CurrentLogAnnotations, tellAll),
  follow(References.CurrentLogLevel),
  follow(References.CurrentLogSpans),
  follow(References.MinimumLogLevel),
  follow(References.UnhandledLogLevel),
  follow(References.TracerEnabled),
  follow(References.TracerTimingEnabled),
  follow(References.TracerSpanAnnotations, tellAll),
  follow(References.TracerSpanLinks, linksOf),
  follow(References.CurrentTraceLevel),
  follow(References.MinimumTraceLevel),
  follow(Metric.CurrentMetricAttributes),
  follow(Policy)
]

interface Known {
  /** The last of the contexts that are alike. */
  context: AnyContext
  readonly values: ReadonlyArray<unknown>
  readonly header: Header | undefined
}

/**
 * The headers of calls to one module. Contexts that are alike to a task have the same header, so that a message with many calls
 * carries it once; and the context of the call before costs two look-ups.
 */
export class Headers {
  private readonly codec: Codec
  private readonly followed: ReadonlyArray<Followed>
  // By annotations: each thread has its own, which most of its contexts share.
  private readonly known = new WeakMap<object, Known>()

  constructor(references: ReadonlyArray<Context.Reference<unknown>>, codec: Codec) {
    this.codec = codec
    this.followed = [...always, ...references.map((reference) => follow(reference))]
  }

  /** Throws what encoding throws if the value of a listed reference can't cross. */
  of(context: AnyContext): Header | undefined {
    const annotations = Context.get(context, References.CurrentLogAnnotations)
    const known = this.known.get(annotations)
    if (known !== undefined) {
      if (known.context === context) return known.header
      if (this.isAlike(known.values, context)) {
        known.context = context
        return known.header
      }
    }
    const values = this.followed.map(({ read }) => read(context))
    const header = this.make(context, values)
    this.known.set(annotations, { context, values, header })
    return header
  }

  private isAlike(values: ReadonlyArray<unknown>, context: AnyContext): boolean {
    for (let i = 0; i < values.length; i++) if (this.followed[i]!.read(context) !== values[i]) return false
    return true
  }

  private make(context: AnyContext, values: ReadonlyArray<unknown>): Header | undefined {
    const references: Array<readonly [key: string, value: unknown]> = []
    for (let i = 0; i < values.length; i++) {
      const { encode, initial, key } = this.followed[i]!
      if (encode !== undefined && values[i] !== initial) references.push([key, encode(this.codec, values[i])])
    }
    const span = propagated(spanOf(context))
    const tracer = tracerOf(context)
    const thread = threadOf(context)
    const isTraced = tracer !== undefined && tracer !== Tracer.nativeTracer
    if (span === undefined && !isTraced && thread === undefined && references.length === 0) return undefined
    return { thread, span: span && { ...refOf(span), isExternal: span._tag === "ExternalSpan" }, isTraced, references }
  }
}

/** The span that those made inside belong to, as Effect has it. */
export const propagated = (span: Tracer.AnySpan | undefined): Tracer.AnySpan | undefined =>
  span !== undefined && Context.get(span.annotations, Tracer.DisablePropagation)
    ? propagated(span._tag === "Span" ? Option.getOrUndefined(span.parent) : undefined)
    : span

/** The contexts that tasks run in, in one worker. */
export class TaskContexts {
  private readonly base: AnyContext
  private readonly known = new WeakMap<Header, AnyContext>()
  private readonly posts: Posts = { count: 0 }

  /** A task sees the worker's services, less how they log and count. */
  constructor(services: AnyContext) {
    this.base = extend(services, [
      [References.CurrentLoggers.key, new Set([forwardingLogger])],
      [Metric.MetricRegistry.key, new ForwardingRegistry()]
    ])
  }

  /** The context of one task; what it notes may grow until it is posted. */
  of(header: Header | undefined, codec: Codec, note: (telemetry: Telemetry) => void): AnyContext {
    const outlet = new Outlet(codec, note, this.posts)
    if (header === undefined) return Context.add(this.base, CurrentOutlet, outlet)
    let inherited = this.known.get(header)
    if (inherited === undefined) {
      inherited = this.inherit(header, codec)
      this.known.set(header, inherited)
    }
    const context = Context.add(inherited, CurrentOutlet, outlet)
    return header.span === undefined
      ? context
      // Nobody asks for it as a service: it is where spans look for their parent.
      : Context.add(context, Tracer.ParentSpan, callersSpan(header.span, outlet)) as AnyContext
  }

  /** A message was posted: what is noted from now on goes with the next one. */
  posted(): void {
    this.posts.count++
  }

  private inherit({ isTraced, references }: Header, codec: Codec): AnyContext {
    return extend(this.base, [
      ...references.map(([key, value]) =>
        [
          key,
          key === References.TracerSpanLinks.key ? spanLinks(codec, value as ReadonlyArray<Link>) : codec.decode(value)
        ] as const
      ),
      ...(isTraced ? [[Tracer.Tracer.key, forwardingTracer] as const] : [])
    ])
  }
}

const extend = (context: AnyContext, services: Iterable<readonly [key: string, service: unknown]>): AnyContext =>
  // A reference is found by its key, whether or not its module is loaded here.
  Context.makeUnsafe(new Map([...context.mapUnsafe, ...services]))

const spanLinks = (codec: Codec, links: ReadonlyArray<Link>): ReadonlyArray<Tracer.SpanLink> =>
  links.map(({ attributes, span }) => ({
    span: Tracer.externalSpan(span),
    attributes: codec.decode(attributes) as Tracer.SpanLink["attributes"]
  }))
