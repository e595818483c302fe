/** The kinds of values that cross: JavaScript's own containers, Effect's data types, and a few of the platform's classes. */
import * as BigDecimal from "effect/BigDecimal"
import * as Cause from "effect/Cause"
import * as Chunk from "effect/Chunk"
import * as Cron from "effect/Cron"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Exit from "effect/Exit"
import * as HashMap from "effect/HashMap"
import * as HashSet from "effect/HashSet"
import * as MutableHashMap from "effect/MutableHashMap"
import * as MutableHashSet from "effect/MutableHashSet"
import * as MutableRef from "effect/MutableRef"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import * as SchemaIssue from "effect/SchemaIssue"
import * as SemVer from "effect/SemVer"
import * as Trie from "effect/Trie"
import { errorKind } from "./codecError.ts"
import { accessor, contents, data, entries, fields, pairsOf, pathToEntry, readFields } from "./codecKind.ts"
import type { Kind } from "./codecKind.ts"
import { reasonKind } from "./codecReason.ts"

export const objectKind: Kind = { ...fields("object", () => ({})), isPlain: true }

const arrayKind: Kind<Array<unknown>> = {
  name: "array",
  isPlain: true,
  meta: () => undefined,
  parts: (array) => array.slice(),
  pathTo: (part) => `[${part}]`,
  make: () => [],
  fill(array, parts) {
    array.length = parts.length
    parts.forEach((part, i) => array[i] = part)
  }
}

const mapKind: Kind<Map<unknown, unknown>> = {
  name: "Map",
  isPlain: true,
  meta: () => undefined,
  parts: (map) => Array.from(map).flat(),
  pathTo: pathToEntry,
  make: () => new Map(),
  fill(map, parts) {
    for (const [key, value] of pairsOf(parts)) map.set(key, value)
  }
}

const setKind: Kind<Set<unknown>> = {
  name: "Set",
  isPlain: true,
  meta: () => undefined,
  parts: (set) => Array.from(set),
  pathTo: (part) => `[...][${part}]`,
  make: () => new Set(),
  fill(set, parts) {
    for (const part of parts) set.add(part)
  }
}

const like = (sample: object) => () => Object.create(Object.getPrototypeOf(sample) as object) as object

/** Of which kind the objects with a prototype are. */
const table: Array<readonly [of: object, Kind]> = []

const kind = <A extends object, M>(sample: A, kind: Kind<A, M>): void => {
  table.push([Object.getPrototypeOf(sample) as object, kind])
}

kind({}, objectKind)
kind([], arrayKind)
kind(new Map(), mapKind)
kind(new Set(), setKind)

const some = Option.some(0)
const success = Result.succeed(0)
const failure = Result.fail(0)
kind(Option.none(), data("None", () => undefined, () => Option.none()))
kind(some, fields("Some", like(some)))
kind(success, fields("Success", like(success)))
kind(failure, fields("Failure", like(failure)))

// An exit keeps what it has under a key of its own.
kind(Exit.void, fields("Exit.Success", like(Exit.void), () => ".value"))
kind(Exit.fail(0), fields("Exit.Failure", like(Exit.fail(0)), () => ".cause"))
kind(Cause.empty, fields("Cause", like(Cause.empty)))
kind(Cause.makeFailReason(0), reasonKind(Cause.makeFailReason(0), "error"))
kind(Cause.makeDieReason(0), reasonKind(Cause.makeDieReason(0), "defect"))
kind(Cause.makeInterruptReason(0), reasonKind(Cause.makeInterruptReason(0), "fiberId"))

const utc = DateTime.makeUnsafe(0)
const zoned = DateTime.makeZonedUnsafe(0, { timeZone: 0 })
const zoneOf = (zone: DateTime.TimeZone): string | number => zone._tag === "Named" ? zone.id : zone.offset
const zoneMake = (zone: string | number): DateTime.TimeZone =>
  typeof zone === "string" ? DateTime.zoneMakeNamedUnsafe(zone) : DateTime.zoneMakeOffset(zone)
const zoneKind: Kind<DateTime.TimeZone, string | number> = data("TimeZone", zoneOf, zoneMake)
kind(utc, data("Utc", (date) => date.epochMilliseconds, DateTime.makeUnsafe<number>))
kind(
  zoned,
  data(
    "Zoned",
    (date: DateTime.Zoned) => [date.epochMilliseconds, zoneOf(date.zone)] as const,
    ([ms, zone]) => DateTime.makeZonedUnsafe(ms, { timeZone: zoneMake(zone) })
  )
)
kind(zoned.zone, zoneKind)
kind(Duration.zero, fields("Duration", like(Duration.zero)))

const cron = Cron.make({ minutes: [], hours: [], days: [], months: [], weekdays: [] })
kind(cron, fields("Cron", like(cron)))
const decimal = BigDecimal.make(0n, 0)
kind(
  decimal,
  data("BigDecimal", ({ scale, value }) => [value, scale] as const, ([v, scale]) => BigDecimal.make(v, scale))
)
const version = SemVer.parseUnsafe("0.0.0")
kind(version, fields("SemVer", like(version)))

kind(Chunk.empty<unknown>(), contents("Chunk", Chunk.empty<unknown>(), (chunk) => chunk, Chunk.fromIterable))
kind(HashSet.empty<unknown>(), contents("HashSet", HashSet.empty<unknown>(), (set) => set, HashSet.fromIterable))
kind(
  HashMap.empty<unknown, unknown>(),
  entries("HashMap", HashMap.empty<unknown, unknown>(), (map) => map, HashMap.fromIterable)
)
kind(
  Trie.empty<unknown>(),
  entries(
    "Trie",
    Trie.empty<unknown>(),
    (trie) => trie,
    (pairs) => Trie.fromIterable(pairs as ReadonlyArray<readonly [string, unknown]>)
  )
)
const hashSet = MutableHashSet.empty<unknown>()
kind(hashSet, contents("MutableHashSet", hashSet, (set) => set, MutableHashSet.fromIterable))
const hashMap = MutableHashMap.empty<unknown, unknown>()
kind(hashMap, entries("MutableHashMap", hashMap, (map) => map, MutableHashMap.fromIterable))
kind(MutableRef.make<unknown>(0), fields("MutableRef", like(MutableRef.make<unknown>(0))))

// It is hidden on the other side as well, as Effect's schemas do.
kind(Redacted.make<unknown>(0), {
  name: "Redacted",
  meta: ({ label }) => label,
  parts: (redacted) => [Redacted.value(redacted)],
  pathTo: () => "",
  make: (label: string | undefined, [value]) => Redacted.make(value, { label })
})

const host = globalThis as unknown as {
  readonly URL?: new(href: string) => { readonly href: string }
  readonly Buffer?: {
    readonly prototype: Uint8Array
    from(memory: ArrayBufferLike, offset: number, length: number): Uint8Array
  }
}

const { Buffer, URL } = host
if (URL !== undefined) kind(new URL("a:"), data("URL", ({ href }) => href, (href) => new URL(href)))
// A view that has lost its prototype where it arrives.
if (Buffer !== undefined) {
  kind(Object.create(Buffer.prototype) as Uint8Array, {
    name: "Buffer",
    meta: () => undefined,
    parts: ({ buffer, byteLength, byteOffset }) => [new Uint8Array(buffer, byteOffset, byteLength)],
    pathTo: () => "",
    make: (_meta, [view]) => {
      const { buffer, byteLength, byteOffset } = view as Uint8Array
      return Buffer.from(buffer, byteOffset, byteLength)
    }
  })
}

// What does not satisfy a schema: its text crosses, the schema does not.
const issueKind: Kind<SchemaIssue.Issue, string> = data(
  "Issue",
  SchemaIssue.makeFormatterDefault(),
  (message) => new SchemaIssue.InvalidValue({ message })
)

/** An instance of a class that both sides know. */
export const instanceKind: Kind<object, { readonly of: string; readonly keys: ReadonlyArray<string> }> = {
  name: "instance",
  meta: (value, classes) => ({
    of: classes.nameOf(Object.getPrototypeOf(value) as object)!,
    keys: Object.keys(value)
  }),
  parts: (value, { keys }) => readFields(value, keys),
  pathTo: (part, { keys }) => accessor(keys[part]!),
  make({ of }, _parts, { classes }) {
    const prototype = classes.prototypeOf(of)
    if (prototype === undefined) throw new TypeError(`An instance of ${of} has come, a class that is not known here.`)
    return Object.create(prototype) as object
  },
  fill: (value, parts, { keys }) => objectKind.fill!(value, parts, keys)
}

const kinds: ReadonlyMap<object, Kind> = new Map(table)

/** By the names that are sent. */
export const kindsByName: ReadonlyMap<string, Kind> = new Map(
  [...kinds.values(), instanceKind as Kind, errorKind as Kind, zoneKind as Kind, issueKind as Kind].map((kind) => [
    kind.name,
    kind
  ])
)

/** Of which kind an object is that is not an instance of a class that both sides know. */
export const kindOf = (value: object, prototype: object | null): Kind | undefined => {
  if (prototype === null) return objectKind
  return kinds.get(prototype) ?? kindByLooks(value, prototype)
}

/** Those that have no prototype in common, and those of other realms. */
const kindByLooks = (value: object, prototype: object): Kind | undefined => {
  const tag = Object.prototype.toString.call(value)
  if (value instanceof Error || tag === "[object Error]") return errorKind as Kind
  if (DateTime.isTimeZone(value)) return zoneKind as Kind
  if (SchemaIssue.isIssue(value)) return issueKind as Kind
  if (prototype.constructor?.name !== tag.slice(8, -1)) return undefined
  switch (tag) {
    case "[object Object]":
      return Object.getPrototypeOf(prototype) === null ? objectKind : undefined
    case "[object Array]":
      return arrayKind as Kind
    case "[object Map]":
      return mapKind as Kind
    case "[object Set]":
      return setKind as Kind
  }
}
