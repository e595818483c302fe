/**
 * How values cross to another OS thread. Structured clone does that, and does not know Effect's data types, errors' fields, or
 * classes: so what is not plain data all through is sent as a table (`codecEncoder.ts`), whose rows are revived here. Plain data,
 * which most values are, is sent as it is.
 */
import { ListedClasses } from "./codecClasses.ts"
import type { Class } from "./codecClasses.ts"
import { Encoder } from "./codecEncoder.ts"
import type { Part, Table } from "./codecEncoder.ts"
import type { Reviving } from "./codecKind.ts"
import { kindsByName } from "./codecKinds.ts"
import { isPlain } from "./codecPlain.ts"

export type { Class } from "./codecClasses.ts"

/** A value as it is sent. */
export type Carried = unknown

export interface Codec {
  /** Those of the classes whose instances cross as instances. */
  readonly names: ReadonlyArray<string>
  /**
   * Throws an `Unserializable` if the value can't cross, whose path begins with `root`. `isSeparate` refuses what can't leave its
   * process.
   */
  encode(value: unknown, root: string, isSeparate?: boolean): Carried
  /** `origin` is added to the stacks of errors. Instances of a class that is not known here throw. */
  decode(carried: Carried, origin?: string): unknown
}

/** An own key of what is sent, if that is a table. */
const tableKey = "~effect-threading/Table"

const isTable = (carried: unknown): carried is { readonly [tableKey]: Table } =>
  typeof carried === "object" && carried !== null && Object.hasOwn(carried, tableKey)

const codecOf = (classes: ListedClasses, isForReading: boolean): Codec => ({
  names: classes.names,
  encode(value, root, isSeparate = false) {
    // What only looks like a table is put into one.
    if (isPlain(value, isSeparate) && !isTable(value)) return value
    const table = new Encoder(classes, root, isForReading, isSeparate).encode(value)
    return table.root === value && !isTable(value) ? value : { [tableKey]: table }
  },
  decode: (carried, origin = "") => isTable(carried) ? revive(carried[tableKey], { classes, origin }) : carried
})

/** On the side that runs the tasks these are all classes that their module exports, and `only` names those that the caller lists. */
export const makeCodec = (classes: ReadonlyArray<Class>, only?: ReadonlyArray<string>): Codec =>
  codecOf(new ListedClasses(classes, only), false)

/** For what people will read, as the reasons why there is no result: text stands for what can't cross. */
export const commonCodec: Codec = codecOf(new ListedClasses([], undefined), true)

const revive = ({ root, rows }: Table, reviving: Reviving): unknown => {
  const values: Array<object> = []
  const resolve = (part: Part): unknown => {
    if (!Array.isArray(part)) return part
    const inner: unknown = part[0]
    return typeof inner === "number" ? values[inner] : inner
  }
  // First each of them, then their parts: of a cycle's members one is made before its parts are.
  for (const [id, name, meta, parts] of rows) {
    values[id] = kindsByName.get(name)!.make(meta, parts.map(resolve), reviving)
  }
  for (const [id, name, meta, parts] of rows) kindsByName.get(name)!.fill?.(values[id]!, parts.map(resolve), meta)
  return resolve(root)
}
