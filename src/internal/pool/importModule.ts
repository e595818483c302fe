/** Imports a module by the URL that its caller wrote, which may be that of a source file of which a build has left none. */

export interface Exports {
  readonly [name: string]: unknown
}

/**
 * `new URL("./tasks.ts", import.meta.url)` is a string to compilers and bundlers, which leave it as it is: where there is no
 * `tasks.ts`, `tasks.js` is what became of it.
 */
export const importModule = async (url: string): Promise<Exports> => {
  try {
    return await load(url)
  } catch (error) {
    if (!isMissing(error, url)) throw error
    const compiled = url.replace(/\.([cm]?)tsx?(?=$|[?#])/, ".$1js")
    try {
      if (compiled !== url) return await load(compiled)
    } catch (error) {
      if (!isMissing(error, compiled)) throw error
    }
    const nor = compiled === url ? "" : `, nor ${compiled}`
    throw new Error(
      `There is no module ${url}${nor}. In a bundle it has to be an entry of its own, at this place (docs/bundlers.md).`,
      { cause: error }
    )
  }
}

const load = (url: string): Promise<Exports> => import(/* @vite-ignore */ url)

/** Whether it is this module that is not there, and not one that it imports. */
const isMissing = (error: unknown, url: string): boolean =>
  error instanceof Error && "code" in error && error.code === "ERR_MODULE_NOT_FOUND"
  && "url" in error && error.url === url
