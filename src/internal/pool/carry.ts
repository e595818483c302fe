/** Values as they cross: temporary. */
import { Unserializable } from "./taskError.ts"

export type Carried = unknown
export type Class = abstract new(...args: never) => object

export interface Codec {
  readonly names: ReadonlyArray<string>
  /** Throws an `Unserializable` if it can't cross. */
  encode(value: unknown, root: string): Carried
  decode(carried: Carried, origin?: string): unknown
}

export const makeCodec = (classes: ReadonlyArray<Class>, _only?: ReadonlyArray<string>): Codec => ({
  names: classes.map(({ name }) => name),
  encode: (value, root) => {
    if (typeof value === "function") throw new Unserializable({ path: root, found: "a function" })
    return value
  },
  decode: (value) => value
})

export const commonCodec = makeCodec([])
