/** Errors that cross as instances without being listed: this library's, told by the modules that have them, and Effect's. */

export type Class = abstract new(...args: never) => object

const prototypes = new Map<string, object>()
const names = new Map<object, string>()

/** By the identifiers that their schemas have. */
export const knowErrors = (...errors: ReadonlyArray<Class>): void => {
  for (const error of errors) know(identifierOf(error) ?? error.name, error)
}

export const know = (name: string, error: Class): void => {
  const prototype = error.prototype as object
  prototypes.set(name, prototype)
  names.set(prototype, name)
}

export const knownName = (prototype: object): string | undefined => names.get(prototype)

export const knownPrototype = (name: string): object | undefined => prototypes.get(name)

/** What a Schema class is called wherever it is loaded. */
export const identifierOf = (of: unknown): string | undefined => {
  const identifier = (of as { readonly identifier?: unknown } | undefined)?.identifier
  return typeof identifier === "string" ? identifier : undefined
}
