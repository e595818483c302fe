import { assert, describe, it } from "@effect/vitest"
import { Cause, Chunk, Data, Duration, Exit, HashMap, Option, Result } from "effect"
import { makeCodec } from "../src/internal/pool/codec.ts"
import { cross, ways } from "./support/crossing.ts"

class Point extends Data.Class<{ readonly x: unknown; readonly y: unknown }> {}

class Failure extends Data.TaggedError("Failure")<{ readonly what: unknown; readonly cause?: unknown }> {}

const codec = makeCodec([Point, Failure])

/** Values of all kinds, at random: each may have any made before as a part, itself too if it can be changed. */
class Values {
  private state: number
  private readonly made: Array<object> = []

  constructor(seed: number) {
    this.state = seed
  }

  /** At least 0 and less than `limit`. */
  private random(limit: number): number {
    this.state = (this.state + 0x6d2b79f5) | 0
    let bits = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state)
    bits = (bits + Math.imul(bits ^ (bits >>> 7), 61 | bits)) ^ bits
    return ((bits ^ (bits >>> 14)) >>> 0) % limit
  }

  private several<A>(make: () => A): Array<A> {
    return Array.from({ length: this.random(4) }, make)
  }

  next(depth: number): unknown {
    if (this.made.length > 0 && this.random(6) === 0) return this.made[this.random(this.made.length)]
    if (depth === 0 || this.random(4) === 0) return this.primitive()
    const value = this.object(depth - 1)
    this.made.push(value)
    return value
  }

  private primitive(): unknown {
    return [1, -0, NaN, "", "text", true, null, undefined, 5n][this.random(9)]
  }

  private object(depth: number): object {
    const part = (): unknown => this.next(depth)
    switch (this.random(16)) {
      case 0:
        return Object.fromEntries(this.several(() => [`key ${this.random(9)}`, part()]))
      case 1:
        return this.several(part)
      case 2:
        return new Map(this.several(() => [part(), part()]))
      case 3:
        return new Set(this.several(part))
      case 4:
        return Option.some(part())
      case 5:
        return Result.fail(part())
      case 6:
        return Chunk.fromIterable(this.several(part))
      case 7:
        return HashMap.fromIterable(this.several(() => [`key ${this.random(9)}`, part()]))
      case 8:
        return Exit.failCause(Cause.fromReasons([Cause.makeFailReason(part()), Cause.makeDieReason(part())]))
      case 9:
        return new Point({ x: part(), y: part() })
      case 10:
        return new Failure({ what: part(), cause: part() })
      case 11:
        return new RangeError("out of range", { cause: part() })
      case 12:
        return new Date(this.random(1_000_000))
      case 13:
        return Duration.millis(this.random(1_000))
      case 14:
        return this.cycle([part()])
      default:
        return this.cycle(Object.assign(new Map([["part", part()]])))
    }
  }

  private cycle(container: Array<unknown> | Map<unknown, unknown>): object {
    const inner = [{ container }, Option.some(container), new Point({ x: container, y: 1 })][this.random(3)]
    if (Array.isArray(container)) container.push(inner)
    else container.set("inner", inner)
    return container
  }
}

/** What is in a value, and what it is called there; containers are told by their contents, not by how they keep them. */
const partsOf = (value: object): ReadonlyArray<readonly [key: unknown, part: unknown]> => {
  if (value instanceof Map || HashMap.isHashMap(value)) return Array.from(value).flat().map((part, i) => [i, part])
  if (value instanceof Set || Chunk.isChunk(value)) return Array.from(value).map((part, i) => [i, part])
  if (value instanceof Date) return [["time", value.getTime()]]
  return Object.getOwnPropertyNames(value).sort().map((key) => [key, value[key as never]])
}

/** The same shape: what is one object there is one here, too. */
const same = (there: unknown, here: unknown): void => {
  const pairs = new Map<object, object>()
  const pending: Array<readonly [unknown, unknown]> = [[there, here]]
  for (let pair = pending.pop(); pair !== undefined; pair = pending.pop()) {
    const [a, b] = pair
    if (typeof a !== "object" || a === null || typeof b !== "object" || b === null) {
      assert.isTrue(Object.is(a, b), `${String(a)} is not ${String(b)}`)
    } else if (pairs.has(a)) assert.strictEqual(pairs.get(a), b)
    else {
      pairs.set(a, b)
      assert.strictEqual(Object.getPrototypeOf(a), Object.getPrototypeOf(b))
      const parts = partsOf(b)
      partsOf(a).forEach(([key, part], i) => {
        assert.strictEqual(key, parts[i]?.[0])
        pending.push([part, parts[i]?.[1]])
      })
      assert.strictEqual(partsOf(a).length, parts.length)
    }
  }
}

describe("random values", () => {
  for (const [way, copy] of ways) {
    it(`arrive in the shape that they had, ${way}`, () => {
      for (let seed = 0; seed < 1_000; seed++) {
        const value = new Values(seed).next(6)
        try {
          same(cross(value, { codec, copy }), value)
        } catch (error) {
          throw new Error(`seed ${seed}`, { cause: error })
        }
      }
    })
  }
})
