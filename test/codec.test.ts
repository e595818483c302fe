import { assert, describe, it } from "@effect/vitest"
import {
  BigDecimal,
  Cause,
  Chunk,
  Cron,
  Data,
  DateTime,
  Duration,
  Equal,
  Exit,
  HashMap,
  HashSet,
  MutableHashMap,
  MutableHashSet,
  MutableRef,
  Option,
  Redacted,
  Result,
  Schema,
  SemVer,
  Trie
} from "effect"
import { MessageChannel } from "node:worker_threads"
import type { MessagePort } from "node:worker_threads"
import { commonCodec, makeCodec } from "../src/internal/pool/codec.ts"
import { markTransfer, transferOf } from "../src/internal/pool/transfer.ts"
import { cross, ways } from "./support/crossing.ts"

class User extends Schema.Class<User>("test/User")({ name: Schema.String, since: Schema.Option(Schema.Number) }) {
  get greeting() {
    return `Hello ${this.name}`
  }
}

class Point extends Data.Class<{ readonly x: number; readonly y: number }> {
  get length() {
    return Math.hypot(this.x, this.y)
  }
}

class Account {
  owner: unknown
  constructor() {
    throw new Error("its constructor is not run")
  }
}

const account = (owner: unknown): Account => Object.assign(Object.create(Account.prototype), { owner })

const codec = makeCodec([User, Point, Account])

const record = Object.freeze({ id: 1, name: "Ada", tags: ["x", "y"], none: undefined, nothing: null })

const plain: Record<string, unknown> = {
  "a number": 1,
  "not a number": NaN,
  "minus zero": -0,
  "a string": "text",
  "a bigint": 2n ** 70n,
  "a boolean": false,
  "null": null,
  "undefined": undefined,
  "an object": record,
  "an object with odd keys": { "": 1, "a-b": 2, constructor: 3, toString: 4 },
  "an object without a prototype": Object.assign(Object.create(null), { a: 1 }),
  "an array": [1, "two", [3], { four: 4 }],
  // oxlint-disable-next-line no-sparse-arrays
  "an array with holes": [1, , 3],
  "a map": new Map<unknown, unknown>([["a", { b: 1 }], [{ key: 1 }, 2]]),
  "a set": new Set<unknown>([1, "two", { three: 3 }]),
  "a date": new Date(0),
  "a pattern": /a+/gi,
  "bytes": new Uint8Array([1, 2, 3]),
  "floats": new Float64Array([1.5]),
  "memory": new ArrayBuffer(8),
  "a boxed number": Object(5)
}

const revived: Record<string, unknown> = {
  "Option.some": Option.some(1),
  "Option.none": Option.none(),
  "Result.succeed": Result.succeed("a"),
  "Result.fail": Result.fail("b"),
  "Exit.succeed": Exit.succeed([1]),
  "Exit.fail": Exit.fail("no"),
  "a cause of several reasons": Cause.fromReasons([
    Cause.makeFailReason("a"),
    Cause.makeDieReason("b"),
    Cause.makeInterruptReason(7),
    Cause.makeInterruptReason()
  ]),
  "a duration": Duration.millis(1.5),
  "a duration of nanoseconds": Duration.nanos(123n),
  "an infinite duration": Duration.infinity,
  "DateTime.Utc": DateTime.makeUnsafe(1_700_000_000_123),
  "DateTime.Zoned": DateTime.makeZonedUnsafe(1_700_000_000_123, { timeZone: "Europe/Berlin" }),
  "DateTime.Zoned with an offset": DateTime.makeZonedUnsafe(0, { timeZone: 3_600_000 }),
  "a named time zone": DateTime.zoneMakeNamedUnsafe("America/New_York"),
  "an offset": DateTime.zoneMakeOffset(-3_600_000),
  "a cron": Cron.parseUnsafe("0 4 8-14 * *", "Europe/Berlin"),
  "a chunk": Chunk.make(1, 2, 3),
  "a chunk made of chunks": Chunk.appendAll(Chunk.make(1), Chunk.drop(Chunk.make(2, 3, 4), 1)),
  "an empty chunk": Chunk.empty(),
  "HashMap": HashMap.make<Array<readonly [unknown, unknown]>>(["a", 1], [Option.some("b"), [2]], [{ c: 3 }, 4]),
  "HashSet": HashSet.make<Array<unknown>>("a", Option.some(1), HashSet.make("b")),
  "BigDecimal": BigDecimal.fromStringUnsafe("123.4500"),
  "Redacted": Redacted.make("secret", { label: "key" }),
  "Trie": Trie.make(["a", 1], ["ab", 2]),
  "SemVer": SemVer.parseUnsafe("1.2.3-beta.1"),
  "a Schema.Class": new User({ name: "Ada", since: Option.some(1815) }),
  "a Data.Class": new Point({ x: 3, y: 4 })
}

const nested: Record<string, (value: unknown) => unknown> = {
  "by itself": (value) => value,
  "in an object": (value) => ({ value, beside: record }),
  "in an array": (value) => [1, value, record],
  "in a map": (value) => new Map([["key", value]]),
  "in a set": (value) => new Set([value]),
  "in an option": (value) => Option.some(value),
  "in a chunk": (value) => Chunk.of(value),
  "in a hash map": (value) => HashMap.make(["key", value]),
  "in an exit": (value) => Exit.succeed({ value }),
  "in an instance": (value) => account([value])
}

/** By Effect's measure, or, for what has none, part by part; and of the same kind. */
const same = (arrived: unknown, value: unknown, place: string): void => {
  if (!Equal.equals(arrived, value)) assert.deepStrictEqual(arrived, value, place)
  // As structured clone has it, objects without a prototype get one.
  const prototype: unknown = Object.getPrototypeOf(Object(value)) ?? Object.prototype
  assert.strictEqual(Object.getPrototypeOf(Object(arrived)), prototype, place)
}

describe("what crosses", () => {
  for (const [way, copy] of ways) {
    for (const [name, value] of Object.entries({ ...plain, ...revived })) {
      it(`${name} arrives equal, wherever it is in a value, ${way}`, () => {
        for (const [place, nest] of Object.entries(nested)) {
          same(cross(nest(value), { codec, copy }), nest(value), place)
        }
      })
    }

    it(`what is equal by Effect's measure is so afterwards, ${way}`, () => {
      for (const [name, value] of Object.entries(revived)) {
        const arrived = cross([value, value], { codec, copy }) as ReadonlyArray<unknown>
        assert.isTrue(Equal.equals(arrived[0], value), name)
        assert.strictEqual(arrived[0], arrived[1], name)
      }
    })
  }

  it("mutable containers arrive with what was in them", () => {
    const map = cross(MutableHashMap.make<Array<readonly [unknown, unknown]>>(["a", 1], [Option.some(1), 2]))
    assert.deepStrictEqual(MutableHashMap.get(map as never, Option.some(1)), Option.some(2))
    assert.isTrue(MutableHashSet.has(cross(MutableHashSet.make(Option.some(1))) as never, Option.some(1)))
    assert.strictEqual(MutableRef.get(cross(MutableRef.make(5)) as MutableRef.MutableRef<number>), 5)
  })

  it("secrets arrive hidden", () => {
    const secret = cross({ key: Redacted.make("open sesame") }) as { readonly key: Redacted.Redacted<string> }
    assert.notInclude(String(secret.key), "sesame")
    assert.strictEqual(Redacted.value(secret.key), "open sesame")
  })

  it("Node's buffers and URLs stay what they are", () => {
    for (const [, copy] of ways) {
      const [bytes, url] = cross([Buffer.from("bytes"), new URL("http://example.org/a?b")], { copy }) as [Buffer, URL]
      assert.strictEqual(bytes.toString("utf8"), "bytes")
      assert.strictEqual(url.searchParams.get("b"), "")
    }
  })
})

describe("plain data", () => {
  for (const [name, value] of Object.entries(plain)) {
    it(`of ${name} is sent as it is, not a copy of it`, () => {
      const around = { value: [value] }
      assert.strictEqual(makeCodec([]).encode(around, "value"), around)
      assert.strictEqual(makeCodec([]).decode(around), around)
    })
  }

  it("that is large, shared or cyclic is sent as it is as well", () => {
    const rows = Array.from({ length: 50_000 }, (_, id) => ({ id, tags: ["a"] }))
    assert.strictEqual(commonCodec.encode(rows, "value"), rows)
    const cyclic: Record<string, unknown> = { rows }
    cyclic["self"] = cyclic
    assert.strictEqual(commonCodec.encode(cyclic, "value"), cyclic)
    let doubled: unknown = "leaf"
    for (let i = 0; i < 60; i++) doubled = [doubled, doubled]
    assert.strictEqual(commonCodec.encode(doubled, "value"), doubled)
  })

  it("beside what is not is sent as it is: memory can be transferred", () => {
    const bytes = new Uint8Array([1, 2, 3])
    const { port1, port2 } = new MessageChannel()
    const value = markTransfer([Option.some({ bytes }), { port: port1 }])
    const carried = makeCodec([]).encode(value, "value")
    const [option, { port }] = makeCodec([]).decode(
      structuredClone(carried, { transfer: transferOf([value]) as never })
    ) as [Option.Option<{ readonly bytes: Uint8Array }>, { readonly port: MessagePort }]
    assert.strictEqual(bytes.byteLength, 0)
    assert.deepStrictEqual(Option.getOrThrow(option).bytes, new Uint8Array([1, 2, 3]))
    port.close()
    port2.close()
  })

  it("that looks like what is sent in its place arrives as it was", () => {
    const sent = makeCodec([]).encode(Option.some(1), "value")
    assert.deepStrictEqual(cross(sent), sent)
    assert.deepStrictEqual(cross({ sent, option: Option.some(sent) }), { sent, option: Option.some(sent) })
  })
})

describe("the shape of values", () => {
  it("is kept: what is shared stays shared, and cycles stay closed", () => {
    const shared = { option: Option.some(1) }
    const leaf = [1, 2]
    const value = { a: shared, b: Option.some(shared), c: [leaf], d: Option.some(leaf), self: undefined as unknown }
    value.self = [value, Option.some(value)]
    const arrived = cross(value) as typeof value
    assert.strictEqual(Option.getOrThrow(arrived.b), arrived.a)
    assert.strictEqual(Option.getOrThrow(arrived.d), arrived.c[0])
    const [self, option] = arrived.self as [unknown, Option.Option<unknown>]
    assert.strictEqual(self, arrived)
    assert.strictEqual(Option.getOrThrow(option), arrived)
  })

  it("may be a hash map whose keys are found again, though others share them", () => {
    const key = new Point({ x: 1, y: 2 })
    const arrived = cross([HashMap.make([Option.some(key), "found"]), HashSet.make(key), key], { codec }) as [
      HashMap.HashMap<Option.Option<Point>, string>,
      HashSet.HashSet<Point>,
      Point
    ]
    assert.deepStrictEqual(HashMap.get(arrived[0], Option.some(key)), Option.some("found"))
    assert.isTrue(HashSet.has(arrived[1], key))
    assert.strictEqual(HashSet.has(arrived[1], arrived[2]), true)
  })

  for (const [name, innermost] of [["plain data", 1], ["an option", Option.some(1)]] as const) {
    it(`may be ${name} below 10,000 levels`, () => {
      let value: unknown = innermost
      for (let i = 0; i < 5_000; i++) value = { in: [value] }
      for (const [, copy] of ways) {
        let arrived = cross(value, { copy })
        for (let i = 0; i < 5_000; i++) arrived = (arrived as { readonly in: ReadonlyArray<unknown> }).in[0]
        assert.deepStrictEqual(arrived, innermost)
      }
    })
  }

  it("does not change what is sent, nor what has arrived when that is read twice", () => {
    const carried = structuredClone(codec.encode([Option.some([1]), new Map([[Option.some(1), [2]]])], "value"))
    const before = structuredClone(carried)
    assert.deepStrictEqual(codec.decode(carried), codec.decode(carried))
    assert.deepStrictEqual(carried, before)
  })
})

describe("fields", () => {
  it("are those that a value has itself, whatever its prototype has by their names", () => {
    const odd: unknown = JSON.parse("{ \"__proto__\": { \"a\": 1 }, \"toString\": 1 }")
    const arrived = cross([odd, Option.some(odd)]) as [object, unknown]
    assert.deepStrictEqual(Object.keys(arrived[0]), ["__proto__", "toString"])
    const inner = cross({ ["__proto__"]: Option.some(1), toString: Option.some(2) }) as object
    assert.deepStrictEqual(Object.keys(inner), ["__proto__", "toString"])
    assert.strictEqual(Object.getPrototypeOf(inner), Object.prototype)
  })

  it("may be named as what an instance's class computes", () => {
    const user = Object.create(User.prototype) as User
    Object.defineProperty(user, "greeting", { value: Option.some("Hi"), enumerable: true })
    assert.deepStrictEqual(cross(user, { codec }) as unknown, user)
  })
})

describe("listed classes", () => {
  it("cross as instances, with what their prototypes give, and no constructor is run", () => {
    const [user, point, owned] = cross([
      new User({ name: "Ada", since: Option.none() }),
      new Point({ x: 3, y: 4 }),
      account(new User({ name: "Bob", since: Option.some(1) }))
    ], { codec }) as [User, Point, Account]
    assert.instanceOf(user, User)
    assert.strictEqual(user.greeting, "Hello Ada")
    assert.strictEqual(point.length, 5)
    assert.instanceOf(owned, Account)
    assert.strictEqual((owned.owner as User).greeting, "Hello Bob")
  })

  it("are told apart by name, those of schemas by their identifiers", () => {
    assert.deepStrictEqual(codec.names, ["test/User", "Point", "Account"])
    const other = class Point {}
    assert.throws(() => makeCodec([Point, other]), /Two of the classes that are listed are called Point/)
    assert.throws(() => makeCodec([class {}]), /A class without a name is listed/)
    assert.deepStrictEqual(makeCodec([Point, Point]).names, ["Point"])
  })

  it("must be exported where the tasks are, and be made of fields", () => {
    assert.deepStrictEqual(makeCodec([Point, User, Account], ["Point"]).names, ["Point"])
    assert.throws(() => makeCodec([Point], ["Point", "test/User"]), /it lacks test\/User/)
    assert.throws(() => makeCodec([class Bag extends Map {}]), /Bag is listed, and extends Map/)
    assert.throws(
      () => cross(new Point({ x: 1, y: 2 }), { codec: { ...codec, decode: makeCodec([]).decode } }),
      /Point/
    )
  })
})
