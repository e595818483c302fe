/** What structured clone carries faithfully by itself: plain data. Most values are, and are sent as they are. */
import { isShared } from "../shared/memory.ts"

/** How deeply plain data may be nested: structured clone itself fails somewhere beyond a thousand levels. */
export const maxDepth = 256

const host = globalThis as unknown as Record<string, { readonly prototype: object } | undefined>

const prototypesOf = (...names: ReadonlyArray<string>): ReadonlyArray<object> =>
  names.flatMap((name) => host[name]?.prototype ?? [])

const viewPrototypes = prototypesOf(
  "Int8Array",
  "Uint8Array",
  "Uint8ClampedArray",
  "Int16Array",
  "Uint16Array",
  "Int32Array",
  "Uint32Array",
  "Float16Array",
  "Float32Array",
  "Float64Array",
  "BigInt64Array",
  "BigUint64Array",
  "DataView"
)

const leafPrototypes: ReadonlySet<object> = new Set([
  ...viewPrototypes,
  ...prototypesOf("Date", "RegExp", "ArrayBuffer", "SharedArrayBuffer", "Boolean", "Number", "String", "BigInt")
])

/** Objects of the platform that messages between its OS threads carry, some of them only if they are transferred. */
const platformPrototypes: ReadonlySet<object> = new Set(prototypesOf(
  "MessagePort",
  "Blob",
  "File",
  "CryptoKey",
  "ReadableStream",
  "WritableStream",
  "TransformStream",
  "ImageBitmap",
  "ImageData",
  "OffscreenCanvas",
  "VideoFrame",
  "AudioData",
  "RTCDataChannel"
))

const isPlatform = (value: object, prototype: object | null): boolean =>
  prototype !== null && platformPrototypes.has(prototype) || platformTags.test(tagOf(value)) || isNodes(value)

const tagOf = (value: object): string => Object.prototype.toString.call(value)

const platformTags = /^\[object (KeyObject|WebAssembly\.Module)\]$/

/** Node marks those that have no global class. */
const isNodes = (value: object): boolean => {
  for (let next: object | null = value; next !== null; next = Object.getPrototypeOf(next) as object | null) {
    for (const { description } of Object.getOwnPropertySymbols(next)) {
      if (description === "messaging_clone_symbol" || description === "messaging_transfer_symbol") return true
    }
  }
  return false
}

/** Whether structured clone carries the object, which has no parts to look into. */
export const isLeaf = (value: object, prototype: object | null): boolean =>
  prototype !== null && leafPrototypes.has(prototype) || isPlatform(value, prototype)

/** Why a leaf can't be sent after all, if so: its memory has gone, or is to be shared beyond the process. */
export const hindrance = (leaf: object, isSeparate: boolean): string | undefined => {
  const memory = ArrayBuffer.isView(leaf) ? leaf.buffer : leaf
  if (memory instanceof ArrayBuffer) return memory.detached ? "memory that was transferred already" : undefined
  if (!isSeparate) return undefined
  if (isShared(memory)) return "shared memory, which does not leave its process"
  return isPlatform(leaf, Object.getPrototypeOf(leaf) as object | null)
    ? `a ${leaf.constructor.name}, which does not leave its process`
    : undefined
}

/** How many objects are looked at before it is remembered which. */
const unremembered = 20_000
const unrememberedDepth = 64

let count = 0
let remembered: Set<object> | undefined

/** Whether the value is plain at every depth. `false` may also mean that this is not easily told. */
export const isPlain = (value: unknown, isSeparate: boolean): boolean => {
  if (typeof value !== "object") return typeof value !== "function" && typeof value !== "symbol"
  if (value === null) return true
  count = 0
  remembered = undefined
  try {
    return walk(value, 0, isSeparate)
  } catch {
    return false
  } finally {
    remembered = undefined
  }
}

const walk = (value: object, depth: number, isSeparate: boolean): boolean => {
  // Small values are looked at without a note. In others no object is looked at time and again, nor does a cycle matter.
  if (++count > unremembered || depth > unrememberedDepth) {
    if (depth > maxDepth) return false
    remembered ??= new Set()
    if (remembered.has(value)) return true
    remembered.add(value)
  }
  const prototype = Object.getPrototypeOf(value)
  if (prototype === Array.prototype) {
    const array = value as ReadonlyArray<unknown>
    for (let i = 0; i < array.length; i++) {
      if (!isPlainPart(array[i], depth, isSeparate)) return false
    }
    return true
  }
  if (prototype === Object.prototype || prototype === null) {
    for (const key in value) {
      if (!isPlainPart((value as Record<string, unknown>)[key], depth, isSeparate)) return false
    }
    return Object.getOwnPropertySymbols(value).length === 0
  }
  if (prototype === Map.prototype) {
    for (const [key, part] of value as ReadonlyMap<unknown, unknown>) {
      if (!isPlainPart(key, depth, isSeparate) || !isPlainPart(part, depth, isSeparate)) return false
    }
    return true
  }
  if (prototype === Set.prototype) {
    for (const part of value as ReadonlySet<unknown>) {
      if (!isPlainPart(part, depth, isSeparate)) return false
    }
    return true
  }
  return leafPrototypes.has(prototype) && hindrance(value, isSeparate) === undefined
}

const isPlainPart = (part: unknown, depth: number, isSeparate: boolean): boolean => {
  switch (typeof part) {
    case "object":
      return part === null || walk(part, depth + 1, isSeparate)
    case "function":
    case "symbol":
      return false
    default:
      return true
  }
}
