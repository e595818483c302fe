/** Values whose memory moves to the other OS thread instead of being copied. */

const marked = new WeakMap<object, ReadonlyArray<object>>()
// Most programs transfer nothing, and need not look.
let isUsed = false

const { MessagePort } = globalThis as unknown as { readonly MessagePort?: { readonly prototype: object } }

const isMovable = (value: object): boolean =>
  value instanceof ArrayBuffer || Object.getPrototypeOf(value) === MessagePort?.prototype

/** All that can move in a value of plain objects, arrays and views. */
const movables = (value: unknown, found = new Set<object>(), seen = new Set<object>()): Set<object> => {
  if (typeof value !== "object" || value === null || seen.has(value)) return found
  seen.add(value)
  if (isMovable(value)) found.add(value)
  else if (ArrayBuffer.isView(value)) movables(value.buffer, found, seen)
  else for (const part of Object.values(value)) movables(part, found, seen)
  return found
}

export const markTransfer = <A>(value: A, transferables?: ReadonlyArray<object>): A => {
  if (typeof value === "object" && value !== null) {
    isUsed = true
    marked.set(value, transferables ?? Array.from(movables(value)))
  }
  return value
}

/** What is to move with these values: undefined if nothing is. */
export const transferOf = (values: ReadonlyArray<unknown>): ReadonlyArray<object> | undefined => {
  if (!isUsed) return undefined
  const all = values.flatMap((value) => typeof value === "object" && value !== null ? marked.get(value) ?? [] : [])
  return all.length === 0 ? undefined : Array.from(new Set(all))
}
