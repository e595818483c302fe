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
import type { ThreadRecord } from "../threadRecord.ts"
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

/** A reference that goes along if it is not as it is by default. */
interface Followed {
  readonly key: string
  readonly initial: unknown
  readonly read: (context: AnyContext) => unknown
  readonly encode: (codec: Codec, value: unknown) => unknown
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

/** The references that always go along. */
const always: ReadonlyArray<Followed> = [
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
  readonly span: Tracer.AnySpan | undefined
  readonly tracer: Tracer.Tracer | undefined
  readonly thread: ThreadRecord | undefined
  readonly values: ReadonlyArray<unknown>
  readonly header: Header | undefined
}

/**
 * The headers of calls to one module. Contexts that are alike to a task have the same header, so that a message with many calls
 * carries it once; a context that was seen before costs one look-up.
 */
export class Headers {
  private readonly codec: Codec
  private readonly followed: ReadonlyArray<Followed>
  private readonly known = new WeakMap<AnyContext, Known>()
  // Each thread has annotations of its own, which most of its contexts share.
  private readonly latest = new WeakMap<object, Known>()

  constructor(references: ReadonlyArray<Context.Reference<unknown>>, codec: Codec) {
    this.codec = codec
    this.followed = [...always, ...references.map((reference) => follow(reference))]
  }

  /** Throws what encoding throws if the value of a listed reference can't cross. */
  of(context: AnyContext): Header | undefined {
    let known = this.known.get(context)
    if (known === undefined) {
      known = this.look(context)
      this.known.set(context, known)
    }
    return known.header
  }

  private look(context: AnyContext): Known {
    const span = propagated(Context.getOrUndefined(context, Tracer.ParentSpan))
    const tracer = Context.getOrUndefined(context, Tracer.Tracer)
    const thread = Context.get(context, CurrentThread)
    const values = this.followed.map(({ read }) => read(context))
    const annotations = values[0] as object
    const latest = this.latest.get(annotations)
    if (
      latest !== undefined && latest.span === span && latest.tracer === tracer && latest.thread === thread
      && latest.values.every((value, index) => value === values[index])
    ) return latest
    const references = this.followed.flatMap(({ encode, initial, key }, index) =>
      values[index] === initial ? [] : [[key, encode(this.codec, values[index])] as const]
    )
    const isTraced = tracer !== undefined && tracer !== Tracer.nativeTracer
    const isDefault = span === undefined && !isTraced && thread === undefined && references.length === 0
    const header: Header | undefined = isDefault ? undefined : {
      thread: thread?.name,
      span: span && { ...refOf(span), isExternal: span._tag === "ExternalSpan" },
      isTraced,
      references
    }
    const known = { span, tracer, thread, values, header }
    this.latest.set(annotations, known)
    return known
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
