/**
 * Makes modules of the files of a program: their types are stripped, with the lines left where they are, and each becomes a `blob:`
 * URL that other files, and the workers of a pool, import.
 */
import { init, parse } from "es-module-lexer/js"
import { transform } from "sucrase"
import type { Place, Program } from "./protocol.ts"

/** What keeps a program from being run at all. */
export class Problem extends Error {
  readonly place: Place | undefined

  constructor(message: string, place: Place | undefined) {
    super(message)
    this.place = place
  }
}

interface Host {
  /** Where a package's module lies, by the name that programs import it by. */
  packageUrl(specifier: string): string | undefined
  nameUrl(url: string, file: string): void
}

const strip = (file: string, source: string): string => {
  try {
    return transform(source, { transforms: ["typescript"], disableESTransforms: true, filePath: file }).code
  } catch (error) {
    const { loc, message } = error as Error & { readonly loc?: { readonly line: number; readonly column: number } }
    // "Error transforming lock.ts: Unexpected token (3:14)"
    const text = message.replace(/^Error transforming [^:]+: /, "").replace(/ \(\d+:\d+\)$/, "")
    throw new Problem(text, loc && { file, line: loc.line, column: loc.column + 1 })
  }
}

const resolve = (from: string, specifier: string): string => new URL(specifier, `file:///${from}`).pathname.slice(1)

const placeAt = (file: string, code: string, offset: number): Place => {
  const before = code.slice(0, offset).split("\n")
  return { file, line: before.length, column: before.at(-1)!.length + 1 }
}

const known =
  "There are effect, effect-threading and their modules, @effect/platform-node's NodeRuntime, and the files shown."

/** A module's URL that a program writes as bundlers know it. */
const moduleUrl = /\bnew URL\(\s*"(\.[^"]*)"\s*,\s*import\.meta\.url\s*\)/g

export class Compiler {
  private readonly program: Program
  private readonly host: Host
  private readonly urls = new Map<string, string>()

  constructor(program: Program, host: Host) {
    this.program = program
    this.host = host
  }

  async main(): Promise<string> {
    await init
    return this.urlOf(this.program.main, [])
  }

  private urlOf(file: string, importers: ReadonlyArray<string>): string {
    const known = this.urls.get(file)
    if (known !== undefined) return known
    if (importers.includes(file)) throw new Problem(`${[...importers, file].join(" imports ")}: a circle.`, undefined)
    const code = this.link(file, strip(file, this.program.files[file]!), [...importers, file])
    // What engines call it in stacks.
    const url = URL.createObjectURL(new Blob([code, `\n//# sourceURL=${file}\n`], { type: "text/javascript" }))
    this.urls.set(file, url)
    this.host.nameUrl(url, file)
    return url
  }

  /** Puts URLs in the place of the names of modules. */
  private link(file: string, code: string, importers: ReadonlyArray<string>): string {
    const edits: Array<readonly [start: number, end: number, text: string]> = []
    for (const { end, specifier, start } of imports(file, code)) {
      if (typeof specifier !== "string") continue
      const url = this.importUrl(file, specifier, importers)
      if (url === undefined) {
        throw new Problem(`There is no module "${specifier}" in this page. ${known}`, placeAt(file, code, start))
      }
      // A dynamic import's place has the quotes in it.
      edits.push([start, end, /["'`]/.test(code[start]!) ? JSON.stringify(url) : url])
    }
    for (const match of code.matchAll(moduleUrl)) {
      const url = this.importUrl(file, match[1]!, importers)
      if (url === undefined) {
        throw new Problem(`There is no file ${match[1]} beside ${file}.`, placeAt(file, code, match.index))
      }
      edits.push([match.index, match.index + match[0].length, `new URL(${JSON.stringify(url)})`])
    }
    edits.sort(([a], [b]) => b - a)
    return edits.reduce((text, [start, end, by]) => text.slice(0, start) + by + text.slice(end), code)
  }

  private importUrl(file: string, specifier: string, importers: ReadonlyArray<string>): string | undefined {
    if (!specifier.startsWith(".")) return this.host.packageUrl(specifier)
    const found = resolve(file, specifier)
    return this.program.files[found] === undefined ? undefined : this.urlOf(found, importers)
  }
}

const imports = (file: string, code: string): ReturnType<typeof parse>[0] => {
  try {
    return parse(code)[0]
  } catch (error) {
    const { idx } = error as { readonly idx?: number }
    throw new Problem("This is no JavaScript module.", idx === undefined ? undefined : placeAt(file, code, idx))
  }
}
