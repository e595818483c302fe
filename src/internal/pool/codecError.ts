/** Errors: whatever their class, with name, message, tag, fields, cause and stack. */
import * as Data from "effect/Data"
import { identifierOf } from "../knownErrors.ts"
import { accessor, readFields, setField } from "./codecKind.ts"
import type { Kind } from "./codecKind.ts"

interface ErrorMeta {
  /** The name of its class, which the other side may know, and of the class of JavaScript's that this extends. */
  readonly of: string | undefined
  readonly native: string
  // What it is called and says, in case the other side does not know its class.
  readonly tag: unknown
  readonly name: string
  readonly message: string
  readonly stack: string | undefined
  /** Its fields: first so many that are not enumerable. */
  readonly hidden: number
  readonly keys: ReadonlyArray<string>
}

const natives: ReadonlyMap<string, object> = new Map(
  [Error, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError, AggregateError].map((native) => [
    native.name,
    native.prototype
  ])
)

const host = globalThis as unknown as {
  readonly DOMException: new(message: string, name: string) => Error
}

/** Fields of errors that need not be enumerable. */
const wellKnown = ["name", "message", "cause", "errors", "code", "errno", "syscall"]

export const errorKind: Kind<Error, ErrorMeta> = {
  name: "error",
  meta(error, classes) {
    const hidden = wellKnown.filter((key) => Object.hasOwn(error, key) && !isEnumerable(error, key))
    const stack = textOf(error, "stack")
    return {
      of: classes.nameOf(Object.getPrototypeOf(error) as object) ?? identifierOf(error.constructor),
      native: nativeOf(error),
      tag: textOf(error, "_tag"),
      name: textOf(error, "name") ?? "Error",
      message: textOf(error, "message") ?? "",
      stack,
      hidden: hidden.length,
      keys: [...hidden, ...Object.keys(error).filter((key) => key !== "stack")]
    }
  },
  parts: (error, { keys }) => readFields(error, keys),
  pathTo: (part, { keys }) => accessor(keys[part]!),
  // By convention anything that somebody else threw.
  isForReading: (part, { keys }) => keys[part] === "cause",
  make({ message, name, native, of, stack, tag }, _parts, { classes, origin }) {
    const known = of === undefined ? undefined : classes.prototypeOf(of)
    const error = known === undefined && native === "DOMException"
      ? new host.DOMException(message, name)
      : bareError(known ?? (tag === undefined ? natives.get(native)! : Data.Error.prototype as object))
    if (stack !== undefined) setField(error, "stack", stack + origin, false)
    if (known !== undefined) return error
    if (tag !== undefined) setField(error, "_tag", tag)
    if (error.name !== name) setField(error, "name", name, false)
    if (error.message !== message) setField(error, "message", message, false)
    return error
  },
  fill(error, parts, { hidden, keys }) {
    for (let i = 0; i < keys.length; i++) setField(error, keys[i]!, parts[i], i >= hidden)
  }
}

const isEnumerable = (error: Error, key: string): boolean => Object.prototype.propertyIsEnumerable.call(error, key)

const textOf = (error: Error, key: string): string | undefined => {
  try {
    const text: unknown = error[key as keyof Error]
    return typeof text === "string" ? text : undefined
  } catch {
    return undefined
  }
}

const nativeOf = (error: Error): string => {
  for (let next: object | null = error; next !== null; next = Object.getPrototypeOf(next) as object | null) {
    const name = Object.hasOwn(next, "constructor") ? next.constructor?.name : undefined
    if (name !== undefined && (natives.has(name) || name === "DOMException")) return name
  }
  return "Error"
}

/** A real error, so that consoles and debuggers show it as one. */
const bareError = (prototype: object): Error => {
  const limited = Error as { stackTraceLimit?: number | undefined }
  const { stackTraceLimit } = limited
  limited.stackTraceLimit = 0
  const error = new Error()
  limited.stackTraceLimit = stackTraceLimit
  return Object.setPrototypeOf(error, prototype) as Error
}
