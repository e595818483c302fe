/** The files of the programs that pages show, loaded when they are run or edited. */
const files = import.meta.glob<string>(["../../../examples/*.ts", "../../../examples/tasks/*.ts"], {
  query: "?raw",
  import: "default"
})

/** Without what is there for the pages and the tests alone: the marks of regions, and what the program prints. */
const bare = (source: string): string =>
  `${source.replaceAll(/^\/\/ #(end)?region .*\n/gm, "").replace(/^\/\/ Output:\n(\/\/.*\n)+$/m, "").trim()}\n`

export const load = async (paths: ReadonlyArray<string>): Promise<Record<string, string>> =>
  Object.fromEntries(
    await Promise.all(paths.map(async (path) => [path, bare(await files[`../../../examples/${path}`]!())] as const))
  )

/** Whether a program works only where OS threads share memory. */
export const needsSharing = (sources: Readonly<Record<string, string>>): boolean =>
  Object.values(sources).some((source) => /makeShared|makeBoundedShared|SharedArrayBuffer|SharedRef/.test(source))
