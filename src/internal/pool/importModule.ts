/** Imports a module by the URL that its caller wrote, which may be that of a source file of which a build has left none. */

export interface Exports {
  readonly [name: string]: unknown
}

/**
 * Where a module may be. `new URL("./tasks.ts", import.meta.url)` is a string to compilers and bundlers, which leave it as it is:
 * where there is no `tasks.ts`, `tasks.js` or `tasks.mjs` is what became of it.
 */
export const placesOf = (url: string): ReadonlyArray<string> => {
  const [, stem, m, query] = /^([^?#]*)\.([cm]?)tsx?([?#].*)?$/.exec(url) ?? []
  if (stem === undefined) return [url]
  return [url, ...(m === "" ? [".js", ".mjs"] : [`.${m}js`]).map((type) => stem + type + (query ?? ""))]
}

export const importModule = async (url: string): Promise<Exports> => {
  let cause: unknown
  for (const place of placesOf(url)) {
    try {
      return await import(/* @vite-ignore */ place)
    } catch (error) {
      if (isUnfetched(error)) cause ??= error
      else if (!isMissing(error, place)) throw error
    }
  }
  throw new Error(
    url.startsWith("data:")
      ? "The URL of a module is its source, as bundlers make it where they find `new URL(\"./tasks.ts\", import.meta.url)`: "
        + "write `new URL(/* @vite-ignore */ \"./tasks.ts\", import.meta.url)`. See docs/bundlers.md."
      : `There is no module at ${placesOf(url).join(" nor at ")}. In a bundle it has to be an entry of its own, `
        + "which lies where the URL says. See docs/bundlers.md.",
    cause === undefined ? undefined : { cause }
  )
}

/** What browsers say of a module that is not there, or imports one that is not, or is no JavaScript. */
const isUnfetched = (error: unknown): boolean =>
  error instanceof TypeError && /dynamically imported module|[Ii]mporting a module script failed/.test(error.message)

/** Whether it is this module that is not there, and not one that it imports. */
const isMissing = (error: unknown, url: string): boolean =>
  error instanceof Error && "code" in error && (
    error.code === "ERR_MODULE_NOT_FOUND" && "url" in error && error.url === url
    || error.code === "ERR_UNKNOWN_MODULE_FORMAT" && url.startsWith("data:")
  )
