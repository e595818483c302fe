/**
 * Makes of a value a table that structured clone carries however deeply the value is nested: a row for each object that is not
 * plain data, or has such inside. Plain data within is not taken apart. A row comes after those of its parts, but in cycles.
 */
import type { Classes, Kind } from "./codecKind.ts"
import { Refused } from "./codecKind.ts"
import { instanceKind, kindOf, objectKind } from "./codecKinds.ts"
import { hindrance, isLeaf, maxDepth } from "./codecPlain.ts"
import { refusalOf } from "./codecRefusal.ts"
import type { Refusal } from "./codecRefusal.ts"
import { Unserializable } from "./taskError.ts"

/** A primitive or an object that crosses as it is; or, in an array of one element, a row's number or a plain array. */
export type Part = unknown

export type Row = readonly [id: number, kind: string, meta: unknown, parts: ReadonlyArray<Part>]

export interface Table {
  readonly rows: ReadonlyArray<Row>
  readonly root: Part
}

interface Entry {
  part: Part
  /** How deeply plain data is nested in it; infinite if it does not cross as it is, or is not known to yet. */
  height: number
}

interface Frame extends Entry {
  readonly id: number
  readonly value: object
  readonly kind: Kind
  readonly meta: unknown
  /** Of these so many are encoded, and as deep as this. */
  readonly parts: Array<unknown>
  next: number
  depth: number
}

export class Encoder {
  private readonly classes: Classes
  private readonly path: string
  private readonly isForReading: boolean
  private readonly isSeparate: boolean
  private readonly rows: Array<Row> = []
  private readonly entries = new Map<object, Entry>()
  private readonly frames: Array<Frame> = []
  private ids = 0

  constructor(classes: Classes, path: string, isForReading: boolean, isSeparate: boolean) {
    this.classes = classes
    this.path = path
    this.isForReading = isForReading
    this.isSeparate = isSeparate
  }

  encode(value: unknown): Table {
    const root = this.entryOf(value)
    // Without recursion, since values may be nested deeper than the stack is.
    for (let frame = this.frames.at(-1); frame !== undefined; frame = this.frames.at(-1)) {
      if (frame.next === frame.parts.length) this.close(this.frames.pop()!)
      else this.part(frame)
    }
    return { rows: this.rows, root: root.part }
  }

  /** Encodes a part of a frame, unless that opens a frame of its own: then it will be known the next time. */
  private part(frame: Frame): void {
    const part = frame.parts[frame.next]
    if (!isPrimitive(part)) {
      const entry = this.entryOf(part)
      if (this.frames.at(-1) !== frame) return
      frame.parts[frame.next] = entry.part
      frame.depth = Math.max(frame.depth, entry.height)
    }
    frame.next++
  }

  private entryOf(value: unknown): Entry {
    if (isPrimitive(value)) return leaf(value)
    if (typeof value !== "object" || value === null) return this.refuse(value)
    return this.entries.get(value) ?? this.open(value)
  }

  private open(value: object): Entry {
    try {
      return this.look(value)
    } catch (error) {
      if (error instanceof Unserializable) throw error
      return this.refuse(value, `an object that throws when it is looked at: ${String(error)}`)
    }
  }

  private look(value: object): Entry {
    const prototype = Object.getPrototypeOf(value) as object | null
    if (value instanceof Refused) return this.refuse(value, value.found)
    const kind = kindOf(value, prototype) ?? (this.classes.nameOf(prototype!) === undefined ? undefined : instanceKind)
    if (kind === undefined) {
      if (!isLeaf(value, prototype)) return this.refuse(value)
      const found = hindrance(value, this.isSeparate)
      return found === undefined ? leaf(value) : this.refuse(value, found)
    }
    if (kind === objectKind || kind === instanceKind) {
      const symbol = Object.getOwnPropertySymbols(value).find((key) => isEnumerable(value, key))
      if (symbol !== undefined) return this.refuse(value, `an object with a ${String(symbol)} key`)
    }
    const meta = kind.meta(value, this.classes)
    const id = this.ids++
    const parts = kind.parts(value, meta)
    const frame: Frame = { id, value, kind, meta, parts, part: [id], height: Infinity, next: 0, depth: 0 }
    this.entries.set(value, frame)
    if (kind.isPlain === true && parts.every(isPrimitive)) this.close(frame)
    else this.frames.push(frame)
    return frame
  }

  private close(frame: Frame): void {
    const { depth, id, kind, meta, parts, value } = frame
    if (kind.isPlain === true && depth < maxDepth) {
      frame.height = depth + 1
      frame.part = Array.isArray(value) ? [value] : value
    } else this.rows.push([id, kind.name, meta, parts])
  }

  /** Text will do where people alone will read it. */
  private refuse(value: unknown, found?: string): Entry {
    const refusal: Refusal = found === undefined ? refusalOf(value) : { found }
    const isForReading = this.isForReading
      || this.frames.some(({ kind, meta, next }) => kind.isForReading?.(next, meta) === true)
    if (isForReading) return { part: `[${refusal.found}]`, height: Infinity }
    throw new Unserializable({
      path: this.path + this.frames.map(({ kind, meta, next, parts }) => kind.pathTo(next, meta, parts)).join(""),
      found: refusal.advice === undefined ? refusal.found : `${refusal.found} (${refusal.advice})`
    })
  }
}

const leaf = (value: unknown): Entry => ({ part: value, height: 0 })

/** That crosses: a symbol does not. */
const isPrimitive = (value: unknown): boolean =>
  typeof value === "object" ? value === null : typeof value !== "function" && typeof value !== "symbol"

const isEnumerable = (value: object, key: symbol): boolean => Object.prototype.propertyIsEnumerable.call(value, key)
