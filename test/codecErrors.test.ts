import { assert, describe, it } from "@effect/vitest"
import { Cause, Data, Effect, Exit, HashMap, Option, PlatformError, Schema } from "effect"
import { Barrier, Future, WorkerPool } from "effect-threading"
import { commonCodec, makeCodec } from "../src/internal/pool/codec.ts"
import { cross, ways } from "./support/crossing.ts"

class NotFound extends Data.TaggedError("NotFound")<{ readonly id: number; readonly cause?: unknown }> {}

class Negative extends Schema.TaggedError<Negative>("test/Negative")("Negative", { n: Schema.Number }) {
  override get message() {
    return `${this.n} is negative`
  }
  get absolute() {
    return -this.n
  }
}

class HttpError extends Error {
  override readonly name = "HttpError"
  readonly status: number
  constructor(status: number, options?: ErrorOptions) {
    super(`Status ${status}`, options)
    this.status = status
  }
}

class OddNumber extends RangeError {
  readonly _tag = "OddNumber"
}

const natives: ReadonlyArray<new(message: string, options?: ErrorOptions) => Error> = [
  Error,
  EvalError,
  RangeError,
  ReferenceError,
  SyntaxError,
  TypeError,
  URIError
]

for (const [way, copy] of ways) {
  const arrived = <A>(value: A, codec = makeCodec([])): A => cross(value, { copy, codec }) as A

  describe(`errors ${way}`, () => {
    for (const Native of natives) {
      it(`a ${Native.name} stays one, with its message, stack and cause`, () => {
        const error = new Native("went wrong", { cause: new Native("before") })
        const there = arrived([error])[0]!
        assert.instanceOf(there, Native)
        assert.strictEqual(Object.getPrototypeOf(there), Native.prototype)
        assert.strictEqual(there.message, "went wrong")
        assert.strictEqual(there.stack, error.stack)
        assert.strictEqual((there.cause as Error).message, "before")
        assert.deepStrictEqual(Object.keys(there), [])
        assert.strictEqual(String(there), String(error))
      })
    }

    it("an AggregateError keeps its errors", () => {
      const there = arrived(new AggregateError([new TypeError("a"), Option.some(1)], "several"))
      assert.instanceOf(there, AggregateError)
      assert.instanceOf(there.errors[0], TypeError)
      assert.deepStrictEqual(there.errors[1], Option.some(1))
    })

    it("a DOMException keeps its name", () => {
      const there = arrived(new DOMException("stopped", "AbortError"))
      assert.instanceOf(there, DOMException)
      assert.deepStrictEqual([there.name, there.message, there.code], ["AbortError", "stopped", 20])
    })

    it("fields are kept, be they enumerable or not", () => {
      const error = Object.assign(new Error("ENOENT"), { code: "ENOENT", errno: -2, found: Option.none() })
      Object.defineProperty(error, "syscall", { value: "open", enumerable: false })
      const there = arrived(error) as typeof error & { readonly syscall: string }
      assert.deepStrictEqual({ ...there }, { ...error })
      assert.strictEqual(there.syscall, "open")
      assert.deepStrictEqual(Object.keys(there), ["code", "errno", "found"])
    })

    it("a class that nobody lists leaves its name, message and fields, in an error of JavaScript's class below it", () => {
      const there = arrived(new HttpError(404, { cause: "why" }))
      assert.strictEqual(Object.getPrototypeOf(there), Error.prototype)
      assert.deepStrictEqual([there.name, there.message, there.status, there.cause], [
        "HttpError",
        "Status 404",
        404,
        "why"
      ])
    })

    it.effect("a tagged error is caught by its tag and can be yielded, though nobody lists its class", () =>
      Effect.gen(function*() {
        const there = arrived(new NotFound({ id: 1, cause: new HttpError(404) }))
        const caught = yield* Effect.catchTag(Effect.fail(there), "NotFound", ({ id }) => Effect.succeed(id))
        assert.strictEqual(caught, 1)
        const yielded = yield* Effect.flip(Effect.gen(function*() {
          return yield* there
        }))
        assert.strictEqual(yielded, there)
        assert.strictEqual((there.cause as HttpError).status, 404)
        const computed = arrived(new Negative({ n: -1 }))
        assert.deepStrictEqual([computed._tag, computed.n, computed.message], ["Negative", -1, "-1 is negative"])
        assert.strictEqual(arrived(new OddNumber("odd"))._tag, "OddNumber")
      }))

    it("a class that is listed arrives as an instance, with what its prototype computes", () => {
      const codec = makeCodec([NotFound, Negative, HttpError])
      const [notFound, negative, http] = arrived(
        [new NotFound({ id: 1 }), new Negative({ n: -2 }), new HttpError(500)],
        codec
      )
      assert.instanceOf(notFound, NotFound)
      assert.instanceOf(negative, Negative)
      assert.deepStrictEqual([negative!.message, (negative as Negative).absolute], ["-2 is negative", 2])
      assert.isFalse(Object.hasOwn(negative!, "message"))
      assert.instanceOf(http, HttpError)
      assert.strictEqual(http!.message, "Status 500")
    })

    it("Effect's errors and this library's are instances without being listed", () => {
      const broken = arrived(new Barrier.BrokenBarrierError({ barrier: "Barrier-1", parties: 2 }))
      const task = arrived(
        new WorkerPool.TaskError({ task: "tasks.hash", reason: new WorkerPool.Exited({ exitCode: 3 }) })
      )
      assert.instanceOf(broken, Barrier.BrokenBarrierError)
      assert.instanceOf(arrived(new Future.CancelledError({ future: "Future-1" })), Future.CancelledError)
      assert.instanceOf(task, WorkerPool.TaskError)
      assert.instanceOf(task.reason, WorkerPool.Exited)
      assert.include(task.message, "its worker exited with code 3")
      assert.instanceOf(arrived(new Cause.TimeoutError("late")), Cause.TimeoutError)
      assert.isTrue(Cause.isNoSuchElementError(arrived(new Cause.NoSuchElementError())))
      const denied = PlatformError.systemError({ _tag: "PermissionDenied", module: "FileSystem", method: "open" })
      assert.strictEqual(arrived(denied).message, denied.message)
      assert.instanceOf(arrived(denied).reason, PlatformError.SystemError)
    })

    it.effect("what a schema finds wrong arrives as its text", () =>
      Effect.gen(function*() {
        const error = yield* Effect.flip(Schema.decodeUnknownEffect(Schema.Struct({ a: Schema.Number }))({ a: "x" }))
        const there = arrived(error)
        assert.instanceOf(there, Schema.SchemaError)
        assert.strictEqual(there.message, error.message)
      }))

    it("errors are kept wherever they are", () => {
      const error = new NotFound({ id: 1 })
      const value = [{ error }, new Map([["a", error]]), Option.some(error), HashMap.make(["a", error])] as const
      const [object, map, option, hashMap] = arrived(value)
      for (const there of [object.error, map.get("a"), Option.getOrThrow(option), HashMap.getUnsafe(hashMap, "a")]) {
        assert.strictEqual(there, object.error)
        assert.strictEqual(there!._tag, "NotFound")
      }
    })

    it("an error may be its own cause", () => {
      const error = new Error("again")
      error.cause = { error }
      const there = arrived(error)
      assert.strictEqual((there.cause as { readonly error: Error }).error, there)
    })

    it("a cause arrives whole, with the frames of its stack", () => {
      const failing = Effect.fn("failing")(function*() {
        return yield* new NotFound({ id: 1 })
      })
      const exit = Effect.runSyncExit(Effect.ensuring(failing(), Effect.die(new TypeError("bug"))))
      assert(Exit.isFailure(exit))
      const there = arrived(exit)
      assert(Exit.isFailure(there))
      assert.strictEqual(Cause.pretty(there.cause), Cause.pretty(exit.cause))
      assert.include(Cause.pretty(there.cause), "at failing")
      const interrupted = arrived(Cause.interrupt(7))
      assert.deepStrictEqual(
        interrupted.reasons.map((reason) => [reason._tag, Cause.isInterruptReason(reason) && reason.fiberId]),
        [[
          "Interrupt",
          7
        ]]
      )
      assert.isTrue(Cause.hasInterruptsOnly(interrupted))
    })
  })
}

describe("where errors come from", () => {
  it("is added to the stack of each of them", () => {
    const error = new Error("outer", { cause: new TypeError("inner") })
    const there = cross(error, { origin: "\n    at task tasks.hash" }) as Error
    assert.strictEqual(there.stack, `${error.stack}\n    at task tasks.hash`)
    assert.match((there.cause as Error).stack!, /inner\n[^]*\n {4}at task tasks\.hash$/)
  })
})

describe("what people read of an error", () => {
  const request = { method: "GET", retry: () => true }

  it("is text where it can't cross: defects, and causes of errors", () => {
    const defect = Object.assign(new Error("bug"), { request })
    const [die] = (cross(Cause.die(defect)) as Cause.Cause<never>).reasons
    assert(die !== undefined && Cause.isDieReason(die))
    assert.deepStrictEqual({ ...(die.defect as object) }, { request: { method: "GET", retry: "[a function]" } })
    const failed = cross(new NotFound({ id: 1, cause: { request, of: new (class Socket {})() } })) as NotFound
    assert.deepStrictEqual(failed.cause as unknown, {
      request: { method: "GET", retry: "[a function]" },
      of: "[an instance of Socket]"
    })
    const thrown = cross(Cause.die(() => 1)) as Cause.Cause<never>
    assert.deepStrictEqual(thrown, Cause.die("[a function]"))
  })

  it("is text in the reasons of a pool", () => {
    const reason = new WorkerPool.SpawnFailed({ cause: Object.assign(new Error("no port"), { request }) })
    const there = cross(reason, { codec: commonCodec }) as WorkerPool.SpawnFailed
    assert.instanceOf(there, WorkerPool.SpawnFailed)
    assert.strictEqual(there.message, reason.message)
  })

  it("does not stand for the fields of a failure", () => {
    const codec = makeCodec([])
    assert.throws(
      () => codec.encode(Cause.fail(Object.assign(new NotFound({ id: 1 }), { request })), "cause"),
      "cause.reasons[0].error.request.retry cannot cross to another OS thread: it is a function"
    )
  })

  it("may be what throws when it is read", () => {
    const error = new Error("odd")
    Object.defineProperty(error, "code", { enumerable: true, get: () => assert.fail("unreadable") })
    assert.throws(() => cross(error), /value\.code cannot cross .* an accessor that throws/)
    const there = cross(Cause.die(error)) as Cause.Cause<never>
    assert.include(Cause.pretty(there), "odd")
  })
})
