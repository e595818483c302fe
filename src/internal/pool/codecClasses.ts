/** Classes whose instances cross as instances: those that a module of tasks lists, and errors that everybody knows. */
import * as Cause from "effect/Cause"
import * as PlatformError from "effect/PlatformError"
import * as Schema from "effect/Schema"
import { identifierOf, know, knownName, knownPrototype } from "../knownErrors.ts"
import type { Class } from "../knownErrors.ts"
import type { Classes } from "./codecKind.ts"

export type { Class } from "../knownErrors.ts"

for (
  const error of [
    Cause.AsyncFiberError,
    Cause.ExceededCapacityError,
    Cause.IllegalArgumentError,
    Cause.NoSuchElementError,
    Cause.TimeoutError,
    Cause.UnknownError,
    PlatformError.BadArgument,
    PlatformError.PlatformError,
    PlatformError.SystemError,
    Schema.SchemaError
  ] as ReadonlyArray<Class>
) know(`effect/${(error.prototype as Error).name}`, error)

export class ListedClasses implements Classes {
  readonly names: ReadonlyArray<string>
  private readonly prototypes = new Map<string, object>()
  private readonly namesOf = new Map<object, string>()

  /** Throws if two of them have the same name, or one lacks what `only` names. */
  constructor(classes: ReadonlyArray<Class>, only: ReadonlyArray<string> | undefined) {
    for (const listed of new Set(classes)) {
      const name = identifierOf(listed) ?? listed.name
      if (only === undefined || only.includes(name)) this.add(name, listed.prototype as object)
    }
    const missing = only?.filter((name) => !this.prototypes.has(name)) ?? []
    if (missing.length > 0) {
      throw new TypeError(`The module must export the classes that are listed for it: it lacks ${missing.join(", ")}.`)
    }
    this.names = Array.from(this.prototypes.keys())
  }

  private add(name: string, prototype: object): void {
    if (name === "") throw new TypeError("A class without a name is listed: give it one, by which both sides know it.")
    if (this.prototypes.has(name)) {
      throw new TypeError(`Two of the classes that are listed are called ${name}: give one of them another name.`)
    }
    const container = containers.find((container) => prototype instanceof container)
    if (container !== undefined) {
      throw new TypeError(`${name} is listed, and extends ${container.name}: only its fields would cross.`)
    }
    this.prototypes.set(name, prototype)
    this.namesOf.set(prototype, name)
  }

  nameOf(prototype: object): string | undefined {
    return this.namesOf.get(prototype) ?? knownName(prototype)
  }

  prototypeOf(name: string): object | undefined {
    return this.prototypes.get(name) ?? knownPrototype(name)
  }
}

/** Whose instances have more than fields. */
const containers = [
  Array,
  Map,
  Set,
  Date,
  RegExp,
  Promise,
  ArrayBuffer,
  Object.getPrototypeOf(Int8Array) as typeof Int8Array
]
