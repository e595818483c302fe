/**
 * What a task has to tell besides its result: log lines, spans, metrics. It is noted in the worker, sent in order with
 * everything else, and told again on the caller's side (`telemetryReplay.ts`), so that it is there before the result.
 */
import * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import * as Inspectable from "effect/Inspectable"
import type * as LogLevel from "effect/LogLevel"
import type * as Metric from "effect/Metric"
import type * as Tracer from "effect/Tracer"

/** How values cross. Encoding throws if one can't. */
export interface Codec {
  encode(value: unknown, root: string): unknown
  decode(encoded: unknown): unknown
}

/** What of a span is known in other OS threads. */
export interface SpanRef {
  readonly traceId: string
  readonly spanId: string
  readonly sampled: boolean
}

export interface Link {
  readonly span: SpanRef
  readonly attributes: unknown
}

/** What is known of a metric from its updates: all that makes a new series of it. */
export interface Series {
  readonly id: string
  readonly type: Metric.Metric.Type
  readonly description: string | undefined
  readonly attributes: Metric.Metric.AttributeSet | undefined
  /** What it was like before its first update. */
  readonly state: unknown
}

/** The updates of a metric since the last message: `set`, then `add`, and the inputs of what can't be summed up. */
export interface Updates {
  set: number | bigint | undefined
  add: number | bigint | undefined
  readonly inputs: Array<unknown>
}

export interface LogLine {
  readonly level: LogLevel.LogLevel
  readonly message: ReadonlyArray<unknown>
  /** Undefined if it is empty. */
  readonly cause: unknown
  readonly annotations: unknown
  readonly spans: ReadonlyArray<[label: string, startedAt: number]>
  readonly date: number
  readonly span: string | undefined
}

export interface SpanStart {
  readonly span: SpanRef
  readonly name: string
  readonly parent: SpanRef | undefined
  readonly links: ReadonlyArray<Link>
  readonly startTime: bigint
  readonly kind: Tracer.SpanKind
  readonly root: boolean
}

export const Note = { log: 0, start: 1, attribute: 2, event: 3, links: 4, end: 5, metric: 6 } as const

export type Telemetry =
  | readonly [typeof Note.log, LogLine]
  | readonly [typeof Note.start, SpanStart]
  | readonly [typeof Note.attribute, span: string, key: string, value: unknown]
  | readonly [typeof Note.event, span: string, name: string, time: bigint, attributes: unknown]
  | readonly [typeof Note.links, span: string, links: ReadonlyArray<Link>]
  // The values of spans and their causes are nobody's but the task's, unless it fails.
  | readonly [typeof Note.end, span: string, time: bigint, cause: unknown]
  | readonly [typeof Note.metric, Series, Updates]

/** How many messages a worker has posted. */
export interface Posts {
  count: number
}

/** Where a task's fibers note things, while they run in a worker. */
export class Outlet {
  readonly codec: Codec
  readonly note: (telemetry: Telemetry) => void
  private readonly posts: Posts
  private readonly updates = new Map<Series, Updates>()
  private writing = -1

  constructor(codec: Codec, note: (telemetry: Telemetry) => void, posts: Posts) {
    this.codec = codec
    this.note = note
    this.posts = posts
  }

  /** The updates of a message grow until it is posted. */
  update(series: Series, add: (updates: Updates) => void): void {
    if (this.writing !== this.posts.count) {
      this.updates.clear()
      this.writing = this.posts.count
    }
    const growing = this.updates.get(series)
    if (growing !== undefined) return add(growing)
    const updates: Updates = { set: undefined, add: undefined, inputs: [] }
    add(updates)
    this.updates.set(series, updates)
    this.note([Note.metric, series, updates])
  }
}

/** The task that a fiber works for, where it is in a worker. */
export const CurrentOutlet: Context.Reference<Outlet | undefined> = Context.Reference("effect-threading/Outlet", {
  defaultValue: (): Outlet | undefined => undefined
})

const host = globalThis as unknown as { structuredClone(value: unknown): unknown }

// A copy, since the task may go on and change it before it is posted; and so it is known to cross.
const copied = (codec: Codec, value: unknown): unknown => {
  const encoded = codec.encode(value, "value")
  return typeof encoded === "object" && encoded !== null ? host.structuredClone(encoded) : encoded
}

/** Encodes what is only told of: if it can't cross, something else that tells of it does, its text for want of better. */
export const tell = <A>(codec: Codec, value: A, otherwise: (value: A) => unknown = textOf): unknown => {
  try {
    return copied(codec, value)
  } catch {
    return codec.encode(otherwise(value), "value")
  }
}

type Values = Readonly<Record<string, unknown>>

export const tellAll = (codec: Codec, values: Values): unknown =>
  tell(codec, values, () =>
    Object.fromEntries(
      Object.entries(values).map(([key, value]) => [key, crosses(codec, value) ? value : textOf(value)])
    ))

export const tellCause = (codec: Codec, cause: Cause.Cause<unknown>): unknown =>
  tell(codec, cause, () =>
    // Each of its errors as it is shown, without what else it is made of.
    Cause.fromReasons(
      Cause.prettyErrors(cause, { includeCauseInStack: true }).map(({ message, name, stack }) =>
        Cause.makeDieReason(Object.assign(new Error(message), { name, stack }))
      )
    ))

const crosses = (codec: Codec, value: unknown): boolean => {
  try {
    copied(codec, value)
    return true
  } catch {
    return false
  }
}

const textOf = (value: unknown): string => Inspectable.toStringUnknown(value)
