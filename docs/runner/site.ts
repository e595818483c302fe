/** Where the runtime's files lie, and how workers of its own come to be. */

// Made by scripts/bundleRuntime.ts: the names that programs import modules by, and their files.
declare const MODULES: Readonly<Record<string, string>>

const root = new URL("./", import.meta.url.replace(/\/chunks\/[^/]*$/, "/"))

export const packageUrl = (specifier: string): string | undefined =>
  Object.hasOwn(MODULES, specifier) ? new URL(MODULES[specifier]!, root).href : undefined

/** A worker that runs one of the runtime's files. Its script is a `blob:`, so it is bound to the page's content-security policy. */
export const blobWorker = (file: string, name: string): Worker => {
  const source = `import ${JSON.stringify(new URL(file, root).href)}`
  const url = URL.createObjectURL(new Blob([source], { type: "text/javascript" }))
  return new Worker(url, { type: "module", name })
}
