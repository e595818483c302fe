/** The programs of `examples/`, as pages show them. */
import { readFileSync } from "node:fs"
import { join, posix } from "node:path"

export const folder = join(import.meta.dirname, "..", "..", "examples")

export interface Example {
  /** Its path in `examples/`. */
  readonly file: string
  /** Its imports and the region that pages show. */
  readonly shown: string
  /** What it prints, as its last comment says and the tests check. */
  readonly output: string | undefined
  /** The paths of all files that the program consists of, its own first. */
  readonly files: ReadonlyArray<string>
}

const read = (file: string): string => {
  try {
    return readFileSync(join(folder, file), "utf8")
  } catch {
    throw new Error(`There is no examples/${file}, which a page shows.`)
  }
}

const outputOf = (source: string): string | undefined =>
  /^\/\/ Output:\n((?:\/\/.*\n)+)$/m.exec(source)?.[1]!.replaceAll(/^\/\/ ?/gm, "")

const importsOf = (source: string): string =>
  Array.from(source.matchAll(/^import [^]*? from "[^"]+"$|^import "[^"]+"$/gm), ([text]) => text).join("\n")

export const regionOf = (file: string, source: string, region: string): string => {
  const found = new RegExp(`^// #region ${region}\\n([^]*?)^// #endregion ${region}$`, "m").exec(source)?.[1]
  if (found === undefined) throw new Error(`examples/${file} has no region ${region}, which a page shows.`)
  return found.replaceAll(/^\/\/ #(end)?region .*\n/gm, "").trim()
}

/** Relative files that a program imports, or runs as tasks. */
const filesOf = (file: string, known: ReadonlyArray<string> = []): ReadonlyArray<string> => {
  if (known.includes(file)) return known
  let files = [...known, file]
  for (const [, specifier] of read(file).matchAll(/"(\.\.?\/[^"]+\.ts)"/g)) {
    files = [...filesOf(posix.join(posix.dirname(file), specifier!), files)]
  }
  return files
}

export const example = (path: string): Example => {
  const [file, region = posix.basename(file!, ".ts")] = path.split("#")
  const source = read(file!)
  return {
    file: file!,
    shown: `${importsOf(source)}\n\n${regionOf(file!, source, region!)}`,
    output: outputOf(source),
    files: filesOf(file!)
  }
}
