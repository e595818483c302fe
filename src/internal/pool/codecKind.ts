/** How the values of one kind are taken apart into parts that cross, and put together again. */

/** What a side knows of classes whose instances cross as instances: their prototypes, by name and the other way round. */
export interface Classes {
  nameOf(prototype: object): string | undefined
  prototypeOf(name: string): object | undefined
}

export interface Reviving {
  readonly classes: Classes
  /** What is added to the stacks of errors. */
  readonly origin: string
}

// Methods, since a table of kinds has them all.
export interface Kind<A extends object = object, M = unknown> {
  /** What it is called in what is sent. */
  readonly name: string
  /** Structured clone carries it as it is, if it carries its parts. */
  readonly isPlain?: boolean
  /** What crosses besides the parts: plain data. */
  meta(value: A, classes: Classes): M
  parts(value: A, meta: M): Array<unknown>
  /** How a part is reached from the value, as one writes it in JavaScript; `[...]` is all that it iterates over. */
  pathTo(part: number, meta: M, parts: ReadonlyArray<unknown>): string
  /** Whether the part is there to be read by people, so that text will do for what can't cross. */
  isForReading?(part: number, meta: M): boolean
  /** A value that has no parts yet, so that its parts may have it as a part. Parts that do so are missing here. */
  make(meta: M, parts: ReadonlyArray<unknown>, reviving: Reviving): A
  fill?(value: A, parts: ReadonlyArray<unknown>, meta: M): void
}

/** In place of a part that can't even be looked at. */
export class Refused {
  readonly found: string

  constructor(found: string) {
    this.found = found
  }
}

/** Read once each, as structured clone does. */
export const readFields = (value: object, keys: ReadonlyArray<string>): Array<unknown> =>
  keys.map((key) => read(value, key))

const read = (value: object, key: string): unknown => {
  try {
    return (value as Record<string, unknown>)[key]
  } catch (error) {
    return new Refused(`an accessor that throws ${String(error)}`)
  }
}

export const setField = (target: object, key: string, value: unknown, enumerable = true): void => {
  // What is in the prototype may be a setter, or be read-only.
  if (enumerable && !(key in target)) (target as Record<string, unknown>)[key] = value
  else Object.defineProperty(target, key, { value, enumerable, writable: true, configurable: true })
}

const setFields = (target: object, parts: ReadonlyArray<unknown>, keys: ReadonlyArray<string>): void => {
  for (let i = 0; i < keys.length; i++) setField(target, keys[i]!, parts[i])
}

export const accessor = (key: string): string =>
  /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`

type Keys = ReadonlyArray<string>

/** Objects that are their prototype and their own fields. */
export const fields = (
  name: string,
  make: (reviving: Reviving) => object,
  pathTo: (key: string) => string = accessor
): Kind<object, Keys> => ({
  name,
  meta: (value) => Object.keys(value),
  parts: readFields,
  pathTo: (part, keys) => pathTo(keys[part]!),
  make: (_meta, _parts, reviving) => make(reviving),
  fill: setFields
})

/** Objects that are made anew of what is in them. */
export const contents = <A extends object>(
  name: string,
  empty: A,
  parts: (value: A) => Iterable<unknown>,
  build: (parts: ReadonlyArray<unknown>) => A
): Kind<A> => ({
  name,
  meta: () => undefined,
  parts: (value) => Array.from(parts(value)),
  pathTo: (part) => `[...][${part}]`,
  make: () => Object.create(Object.getPrototypeOf(empty)) as A,
  fill: (shell, parts) => void Object.assign(shell, build(parts))
})

/** Objects that are made anew of their entries: the parts are keys and values, in turn. */
export const entries = <A extends object>(
  name: string,
  empty: A,
  pairs: (value: A) => Iterable<readonly [unknown, unknown]>,
  build: (pairs: ReadonlyArray<readonly [unknown, unknown]>) => A
): Kind<A> => ({
  ...contents(name, empty, (value) => Array.from(pairs(value)).flat(), (parts) => build(pairsOf(parts))),
  pathTo: pathToEntry
})

export const pairsOf = (parts: ReadonlyArray<unknown>): Array<readonly [unknown, unknown]> =>
  Array.from({ length: parts.length / 2 }, (_, i) => [parts[2 * i], parts[2 * i + 1]])

export const pathToEntry = (part: number, _meta: unknown, parts: ReadonlyArray<unknown>): string => {
  const key = parts[part - 1]
  if (part % 2 === 1 && typeof key === "string") return `.get(${JSON.stringify(key)})`
  return part % 2 === 1 && typeof key !== "object" ? `.get(${String(key)})` : `[...][${part >> 1}][${part % 2}]`
}

/** Objects that are made of plain data. */
export const data = <A extends object, M>(
  name: string,
  meta: (value: A) => M,
  make: (meta: M) => A
): Kind<A, M> => ({ name, meta, parts: () => [], pathTo: () => "", make })
