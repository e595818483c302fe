import { assert, describe, it } from "@effect/vitest"
import { Cause, Context, Effect, Exit, Fiber, Inspectable, Logger, Metric, References, Tracer } from "effect"
import { Thread, ThreadGroup } from "effect-threading"
import { Headers } from "../src/internal/pool/context.ts"
import type { Telemetry } from "../src/internal/pool/telemetry.ts"
import { codec, inWorker, recorded } from "./support/taskContext.ts"

class Port extends Context.Service<Port, number>()("test/Port") {}

const RequestId = Context.Reference<{ readonly id: number } | undefined>("test/RequestId", {
  defaultValue: () => undefined
})
const references = [RequestId] as unknown as ReadonlyArray<Context.Reference<unknown>>

const headers = new Headers(references, codec)

describe("what goes along with a call", () => {
  const annotated = Context.make(References.CurrentLogAnnotations, { a: 1 })

  it("is nothing where everything is as it is by default", () => {
    assert.isUndefined(headers.of(Context.empty()))
    assert.isUndefined(headers.of(Context.make(Port, 80)))
    assert.isUndefined(headers.of(Context.make(RequestId, undefined)))
    assert.isUndefined(headers.of(Context.make(Tracer.Tracer, Tracer.nativeTracer)))
  })

  it("is the same for the same context, and for one that differs in services alone", () => {
    const header = headers.of(annotated)
    assert.isDefined(header)
    assert.strictEqual(headers.of(annotated), header)
    assert.strictEqual(headers.of(Context.add(annotated, Port, 80)), header)
    const [one, other] = structuredClone([header, headers.of(Context.add(annotated, Port, 81))])
    assert.strictEqual(one, other)
  })

  it("is another where anything else differs", () => {
    const span = Tracer.externalSpan({ traceId: "t", spanId: "s" })
    const others = [
      Context.make(References.CurrentLogAnnotations, { a: 1 }),
      Context.add(annotated, References.MinimumLogLevel, "Debug"),
      Context.add(annotated, RequestId, { id: 1 }),
      Context.add(annotated, Tracer.ParentSpan, span),
      Context.add(annotated, Tracer.Tracer, Tracer.make({ span: (options) => new Tracer.NativeSpan(options) }))
    ].map((context) => headers.of(context))
    assert.strictEqual(new Set([headers.of(annotated), ...others]).size, others.length + 1)
  })

  it.effect("is the caller's thread", () =>
    Effect.gen(function*() {
      const header = Effect.withFiber((fiber) => Effect.succeed(headers.of(fiber.context)))
      const thread = yield* Thread.fork(header, { name: "crawler" })
      assert.strictEqual((yield* Thread.join(thread))?.thread, "crawler")
    }).pipe(ThreadGroup.supervise))

  it.live("is a listed reference's value, under its key", () =>
    Effect.gen(function*() {
      const Same = Context.Reference<unknown>("test/RequestId", { defaultValue: () => "none" })
      const read = inWorker({ references })(Same)
      assert.deepStrictEqual(yield* Effect.provideService(read, RequestId, { id: 7 }), { id: 7 })
      assert.strictEqual(yield* read, "none")
      assert.strictEqual(yield* Effect.provideService(inWorker()(Same), RequestId, { id: 7 }), "none")
    }))

  it("is refused if a listed reference's value cannot cross", () => {
    const refusing = new Headers(references, {
      ...codec,
      encode: (value, root) => {
        if (typeof value === "object" && "id" in value!) throw new Error(root)
        return value
      }
    })
    assert.throws(() => refusing.of(Context.make(RequestId, { id: 1 })), "test/RequestId")
    assert.throws(() => refusing.of(Context.make(RequestId, { id: 1 })), "test/RequestId")
  })

  it.live("leaves the worker its services, but not its loggers", () =>
    Effect.gen(function*() {
      const own: Array<unknown> = []
      const services = Context.make(Port, 80).pipe(
        Context.add(References.CurrentLoggers, new Set([Logger.make(({ message }) => own.push(message))]))
      )
      const task = Effect.tap(Port, (port) => Effect.log(port)) as unknown as Effect.Effect<number>
      const { logs } = yield* recorded(inWorker({ services: services as Context.Context<never> })(task))
      assert.strictEqual(logs.length, 1)
      assert.deepStrictEqual(own, [])
    }))
})

describe("what a task tells", () => {
  const secret = () => "not data"

  it.live("is replaced by its text where it cannot cross", () =>
    Effect.gen(function*() {
      const task = Effect.log(secret, { secret }, "plain").pipe(
        Effect.andThen(Effect.logError(Cause.fail({ message: "mine", secret }))),
        Effect.annotateLogs({ secret, plain: 1 }),
        Effect.withSpan("span", { attributes: { secret, plain: 1 } })
      )
      const { logs, spans } = yield* recorded(inWorker()(task))
      const [values, cause] = logs as ReadonlyArray<Record<string, unknown>>
      const text = Inspectable.toStringUnknown
      assert.deepStrictEqual(values!.message, [text(secret), text({ secret }), "plain"])
      assert.deepStrictEqual(values!.annotations, { secret: text(secret), plain: 1 })
      assert.deepStrictEqual(cause!.cause, [["Die", "Error: mine"]])
      assert.deepInclude(spans[0], { attributes: { secret: text(secret), plain: 1 }, end: "Success" })
    }))

  it.live("is as it was then, whatever the task does with it later", () =>
    Effect.gen(function*() {
      const state = { step: 1 }
      const task = Effect.andThen(Effect.log(state), Effect.sync(() => state.step++)).pipe(
        Effect.annotateLogs({ state })
      )
      const { logs } = yield* recorded(inWorker()(task))
      assert.deepInclude(logs[0], { message: [{ step: 1 }], annotations: { state: { step: 1 } } })
    }))

  it.live("is logged as the caller's fiber", () =>
    Effect.gen(function*() {
      const ids: Array<number> = []
      const logger = Logger.make(({ fiber }) => ids.push(fiber.id))
      yield* inWorker()(Effect.log("hi")).pipe(Effect.provideService(References.CurrentLoggers, new Set([logger])))
      assert.deepStrictEqual(ids, [Fiber.getCurrent()!.id])
    }))

  it.live("is the caller's defect where the caller's logger throws", () =>
    Effect.gen(function*() {
      const logger = Logger.make<unknown, void>(() => {
        throw new Error("no room")
      })
      const exit = yield* inWorker()(Effect.log("hi")).pipe(
        Effect.provideService(References.CurrentLoggers, new Set([logger])),
        Effect.exit
      )
      assert.deepStrictEqual(exit, Exit.die(new Error("no room")))
    }))

  it.live("is no span where the caller traces nothing, though the task has it", () =>
    Effect.gen(function*() {
      const posted: Array<Telemetry> = []
      const name = yield* Effect.map(Effect.currentSpan, (span) => span.name).pipe(
        Effect.withSpan("own"),
        inWorker({ posted })
      )
      assert.strictEqual(name, "own")
      assert.deepStrictEqual(posted, [])
    }))

  it.live("is the end of a span, an interruption if the task has not ended it", () =>
    Effect.gen(function*() {
      const { spans } = yield* recorded(inWorker()(Effect.makeSpan("open")))
      assert.deepInclude(spans[0], { name: "open", end: [["Interrupt", undefined]] })
    }))

  it.live("is one update of a metric for all in a message", () =>
    Effect.gen(function*() {
      const posted: Array<Telemetry> = []
      const many = Effect.repeat(Metric.update(Metric.counter("requests"), 1), { times: 999 })
      const { metrics } = yield* recorded(inWorker({ posted })(many))
      assert.strictEqual(posted.length, 1)
      assert.deepInclude(metrics[0], { state: { count: 1000, incremental: false } })
    }))

  it.live("goes to the caller's own metric, however that remembers", () =>
    Effect.gen(function*() {
      const few = Metric.summary("few", { maxAge: Infinity, maxSize: 1, quantiles: [0.5] })
      const task = inWorker()(Effect.forEach([1, 2, 3], (value) => Metric.update(few, value)))
      const { metrics } = yield* recorded(Effect.andThen(Metric.value(few), task))
      assert.deepInclude(metrics[0], { state: { count: 3, min: 1, max: 3, sum: 6, quantiles: [[0.5, 3]] } })
    }))
})
