import { assert, describe, it } from "@effect/vitest"
import {
  Cause,
  Context,
  Data,
  Deferred,
  Effect,
  Exit,
  HashMap,
  Layer,
  Option,
  Queue,
  Ref,
  Schema,
  Stream
} from "effect"
import {
  Barrier,
  Condition,
  Event,
  Future,
  Lock,
  RLock,
  Semaphore,
  Thread,
  ThreadGroup,
  ThreadPoolExecutor,
  WorkerPool
} from "effect-threading"
import { MessageChannel } from "node:worker_threads"
import { commonCodec, makeCodec } from "../src/internal/pool/codec.ts"

class User extends Schema.Class<User>("test/User")({ name: Schema.String }) {}

class Admin extends User {}

class Bag extends Map<string, number> {}

class Failure extends Data.TaggedError("Failure")<{ readonly what: unknown }> {}

const codec = makeCodec([User])

/** The part that can't cross, and what it is said to be. */
const refusal = (value: unknown, isSeparate?: boolean): readonly [path: string, found: string] => {
  try {
    codec.encode(value, "args[0]", isSeparate)
  } catch (error) {
    assert.instanceOf(error, WorkerPool.Unserializable)
    return [error.path, error.found]
  }
  return assert.fail("it is not refused")
}

const run = () => 1

const executor = Effect.runSync(ThreadPoolExecutor.make().pipe(Effect.scoped, ThreadGroup.supervise))

describe("what can't cross is refused", () => {
  const lists = "list its class in Task.module's `classes`"
  const lives = "it lives in the OS thread that made it"

  const values: Record<string, readonly [value: unknown, found: string]> = {
    "a function": [run, "a function"],
    "a class": [User, "a function"],
    "a symbol": [Symbol("s"), "a symbol"],
    "a boxed symbol": [Object(Symbol("s")), "a Symbol"],
    "a promise": [Promise.resolve(1), "a Promise"],
    "a WeakMap": [new WeakMap(), "a WeakMap"],
    "a WeakSet": [new WeakSet(), "a WeakSet"],
    "a WeakRef": [new WeakRef({}), "a WeakRef"],
    "a generator": [(function*() {})(), "a Generator"],
    "an async generator": [(async function*() {})(), "an AsyncGenerator"],
    "an iterator": [new Map().values(), "a Map Iterator"],
    "an instance of a class": [new (class Foo {})(), `an instance of Foo (${lists})`],
    "an instance of a listed class's heir": [new Admin({ name: "Ada" }), `an instance of Admin (${lists})`],
    "an instance of a class of containers": [new Bag(), `an instance of Bag (${lists})`],
    "an object made of another": [Object.create({ a: 1 }), `an instance of a class without a name (${lists})`],
    "headers": [new Headers(), `an instance of Headers (${lists})`],
    "an effect": [Effect.sync(run), `an Effect (${lives})`],
    "a stream": [Stream.make(1), `a Stream (${lives})`],
    "a layer": [Layer.empty, `a Layer (${lives})`],
    "a context": [Context.empty(), `a Context (${lives})`],
    "a ref": [Ref.makeUnsafe(1), `a Ref (${lives})`],
    "a deferred": [Deferred.makeUnsafe(), `a Deferred (${lives})`],
    "a queue": [Effect.runSync(Queue.unbounded()), `a Queue (${lives})`],
    "a fiber": [Effect.runFork(Effect.void), `a Fiber (${lives})`],
    "a schema": [Schema.String, "a function"],
    "a Lock": [Effect.runSync(Lock.make()), `a Lock (${lives}; what Lock.makeShared makes crosses)`],
    "an RLock": [Effect.runSync(RLock.make()), `an RLock (${lives}; what RLock.makeShared makes crosses)`],
    "a Semaphore": [
      Effect.runSync(Semaphore.make(1)),
      `a Semaphore (${lives}; what Semaphore.makeShared makes crosses)`
    ],
    "an Event": [Effect.runSync(Event.make()), `an Event (${lives}; what Event.makeShared makes crosses)`],
    "a Condition": [
      Effect.runSync(Condition.make()),
      `a Condition (${lives}; what Condition.makeShared makes crosses)`
    ],
    "an executor": [executor, `a ThreadPoolExecutor (${lives})`],
    "a Barrier": [Effect.runSync(Barrier.make(2)), `a Barrier (${lives}; what Barrier.makeShared makes crosses)`],
    "a Future": [Effect.runSync(Future.make()), `a Future (${lives})`],
    "a Thread": [Effect.runSync(ThreadGroup.supervise(Thread.current)), `a Thread (${lives})`]
  }

  for (const [name, [value, found]] of Object.entries(values)) {
    it(name, () => {
      assert.deepStrictEqual(refusal(value), ["args[0]", found])
      assert.deepStrictEqual(refusal({ a: [Option.some(value)] }), ["args[0].a[0].value", found])
    })
  }

  it("an object with a property whose key is a symbol", () => {
    assert.deepStrictEqual(refusal([{ [Symbol("id")]: 1 }]), ["args[0][0]", "an object with a Symbol(id) key"])
    const user = Object.assign(new User({ name: "Ada" }), { [Symbol("id")]: 1 })
    assert.deepStrictEqual(refusal({ user }), ["args[0].user", "an object with a Symbol(id) key"])
    const hidden = Object.defineProperty({}, Symbol("id"), { value: 1, enumerable: false })
    assert.strictEqual(codec.encode(hidden, "value"), hidden)
  })

  it("a property that throws when it is read", () => {
    const value = {
      a: {
        get b() {
          throw new TypeError("no")
        }
      }
    }
    assert.deepStrictEqual(refusal(value), ["args[0].a.b", "an accessor that throws TypeError: no"])
  })

  it("a proxy that throws when it is looked at", () => {
    const { proxy, revoke } = Proxy.revocable({}, {})
    revoke()
    const [path, found] = refusal({ proxy })
    assert.strictEqual(path, "args[0].proxy")
    assert.match(found, /^an object that throws when it is looked at/)
  })

  it("memory that was transferred already", () => {
    const bytes = new Uint8Array(8)
    structuredClone(bytes, { transfer: [bytes.buffer] })
    assert.deepStrictEqual(refusal({ bytes }), ["args[0].bytes", "memory that was transferred already"])
    assert.deepStrictEqual(refusal(bytes.buffer), ["args[0]", "memory that was transferred already"])
  })

  it("what does not leave its process, on the way to another one", () => {
    const memory = new SharedArrayBuffer(8)
    const { port1 } = new MessageChannel()
    const value = { memory, view: new Int32Array(memory), port: port1, blob: new Blob([]) }
    for (const [key, part] of Object.entries(value)) {
      codec.encode({ [key]: part }, "value")
      const [path, found] = refusal({ [key]: part }, true)
      assert.strictEqual(path, `args[0].${key}`)
      assert.match(found, /which does not leave its process$/)
    }
    port1.close()
  })
})

describe("the place of what can't cross", () => {
  const places: Record<string, unknown> = {
    "args[0]": run,
    "args[0].user.lock": { id: 1, user: { name: "Ada", lock: run } },
    "args[0][\"a-b\"].c": { "a-b": { c: run } },
    "args[0][2]": [1, 2, run],
    "args[0].get(\"a\").b": new Map([["a", { b: run }]]),
    "args[0].get(5)": new Map<unknown, unknown>([[4, 4], [5, run]]),
    "args[0][...][0][0].id": new Map([[{ id: run }, 1]]),
    "args[0][...][0][1]": new Map([[{ id: 1 }, run]]),
    "args[0][...][1]": new Set([1, run]),
    "args[0].get(\"a\").value": HashMap.make(["a", Option.some(run)]),
    "args[0].value.a": Exit.succeed({ a: run }),
    "args[0].cause.reasons[0].error": Exit.fail(run),
    "args[0].reasons[1].error.what.to": Cause.fromReasons([
      Cause.makeInterruptReason(1),
      Cause.makeFailReason(new Failure({ what: { to: run } }))
    ]),
    "args[0].errors[1].what": new AggregateError([new Error("a"), new Failure({ what: run })]),
    "args[0].name.first": Object.assign(Object.create(User.prototype), { name: { first: run } })
  }

  for (const [path, value] of Object.entries(places)) {
    it(`is told as ${path}`, () => {
      assert.deepStrictEqual(refusal(value), [path, "a function"])
    })
  }

  it("is told 10,000 levels down", () => {
    let value: unknown = run
    for (let i = 0; i < 10_000; i++) value = [value]
    assert.strictEqual(refusal(value)[0], `args[0]${"[0]".repeat(10_000)}`)
  })

  it("is in the sentence that the error says", () => {
    assert.throws(
      () => codec.encode({ user: { lock: Effect.runSync(Lock.make()) } }, "args[0]"),
      "args[0].user.lock cannot cross to another OS thread: it is a Lock "
        + "(it lives in the OS thread that made it; what Lock.makeShared makes crosses)"
    )
  })
})

describe("what people read", () => {
  it("is text where a value would be refused", () => {
    assert.deepStrictEqual(
      commonCodec.decode(
        structuredClone(commonCodec.encode({ run, plain: 1, of: [new Admin({ name: "Ada" })] }, "value"))
      ),
      { run: "[a function]", plain: 1, of: ["[an instance of Admin]"] }
    )
  })

  it("is text also if there is nothing else", () => {
    assert.strictEqual(commonCodec.decode(structuredClone(commonCodec.encode(run, "value"))), "[a function]")
  })

  it("does not hide the same value elsewhere", () => {
    const socket = new (class Socket {})()
    const cause = Cause.fromReasons([
      Cause.makeDieReason({ socket }),
      Cause.makeFailReason(new Failure({ what: socket }))
    ])
    assert.deepStrictEqual(refusal(cause)[0], "args[0].reasons[1].error.what")
  })
})
