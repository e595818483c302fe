/**
 * The doc comments of the public modules. Every `ts` fence type-checks as a module of its own. One whose last
 * commented `return` reads
 *
 *     return total // 3
 *
 * is run as well: it defines `program`, an effect without requirements, whose result is what the comment says, a JavaScript
 * expression that may use `Option`. Only what ends in `runMain`, or is a test, need not have a result; nor what begins with the
 * comment `// tasks.ts`, or whatever it is called: that is the file of this name, which the others may import.
 */
import { assert, describe, it } from "@effect/vitest"
import ts from "@typescript/typescript6"
import { Effect, Option, References } from "effect"
import { Thread } from "effect-threading"
import { spawnSync } from "node:child_process"
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { afterAll, beforeAll } from "vitest"

const root = join(import.meta.dirname, "..")
const parse = (path: string) =>
  ts.createSourceFile(path, readFileSync(join(root, "src", path), "utf8"), ts.ScriptTarget.Latest, true)

const modulesIn = (folder: string) =>
  readdirSync(join(root, "src", folder))
    .filter((name) => name.endsWith(".ts") && name !== "index.ts")
    .map((name) => folder === "" ? name : `${folder}/${name}`)

const modules = ["", "node", "testing"].flatMap(modulesIn)

interface Documented {
  readonly name: string
  readonly text: string
  readonly tags: Readonly<Record<string, string>>
}

const since = String.raw`0\.[1-4]\.0`

const documentationOf = (name: string, node: ts.Node): Documented => {
  const docs = ts.getJSDocCommentsAndTags(node).filter(ts.isJSDoc)
  const text = docs.map((doc) => ts.getTextOfJSDocComment(doc.comment) ?? "").join("\n")
  const tags = docs.flatMap((doc) => doc.tags ?? [])
  return {
    name,
    text,
    tags: Object.fromEntries(tags.map((tag) => [tag.tagName.text, ts.getTextOfJSDocComment(tag.comment) ?? ""]))
  }
}

const namesOf = (statement: ts.Statement): ReadonlyArray<string> =>
  ts.isVariableStatement(statement)
    ? statement.declarationList.declarations.map((declaration) => declaration.name.getText())
    : ts.isClassDeclaration(statement) || ts.isInterfaceDeclaration(statement)
        || ts.isTypeAliasDeclaration(statement) || ts.isFunctionDeclaration(statement)
    ? [statement.name!.text]
    : []

const isExported = (statement: ts.Statement) =>
  ts.canHaveModifiers(statement)
  && ts.getModifiers(statement)?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword) === true

/** Exports as their readers meet them: what a module passes on is documented where it is declared. */
const exportsOf = (path: string): ReadonlyArray<Documented> =>
  parse(path).statements.flatMap((statement) => {
    if (isExported(statement)) return namesOf(statement).map((name) => documentationOf(name, statement))
    // A whole other package is passed on undocumented.
    if (!ts.isExportDeclaration(statement) || !statement.exportClause) return []
    if (!ts.isNamedExports(statement.exportClause)) throw new Error(`${path}: export each name by itself`)
    const from = statement.moduleSpecifier as ts.StringLiteral | undefined
    const origin = from === undefined ? [] : exportsOf(join(dirname(path), from.text))
    return statement.exportClause.elements.map((element) => {
      const here = documentationOf(element.name.text, element)
      const there = origin.find(({ name }) => name === (element.propertyName ?? element.name).text)
      return there === undefined
        ? here
        : { ...here, text: there.text, tags: { category: there.tags["category"] ?? "", ...here.tags } }
    })
  })

/** But for what is only run. */
const libraries = modules.filter((path) => exportsOf(path).length > 0)

const fence = /^```ts\n([^]*?)^```$/gm

interface Example {
  readonly program: Effect.Effect<unknown, unknown>
  readonly expected: (option: typeof Option) => unknown
}

const examples = libraries.flatMap((path) =>
  exportsOf(path).flatMap(({ name, text }) =>
    Array.from(text.matchAll(fence), ([, code], index) => ({
      title: `${path.slice(0, -".ts".length)}.${name}`,
      file: /^\/\/ (\w+\.ts)\n/.exec(code!)?.[1]
        ?? `${path.slice(0, -".ts".length).replaceAll("/", "-")}.${name}.${index}.ts`,
      code: code!,
      result: Array.from(code!.matchAll(/^\s*return .* \/\/ (.+)$/gm)).at(-1)?.[1]
    }))
  )
)

describe("the doc comments", () => {
  it.each(modules)("%s says what it is, and each of its exports what it is for", (path) => {
    const [, moduleComment] = /^\/\*\*\n([^]*?)\*\//.exec(parse(path).text) ?? []
    assert.match(moduleComment ?? "", new RegExp(`^ \\* [A-Z\`][^]*\\.\n[^]* @since ${since}\n $`))
    for (const { name, tags, text } of exportsOf(path)) {
      assert.match(text, /^[A-Z`][^]*?\.(?:\s|$)/, `${name} begins with a sentence`)
      assert.match(tags["since"] ?? "", new RegExp(`^${since}$`), `${name} has @since`)
      assert.match(tags["category"] ?? "", /^[a-z]+$/, `${name} has @category`)
    }
  })

  it("no public module is without an example", () => {
    const shown = new Set(examples.map(({ title }) => `${title.split(".")[0]}.ts`))
    assert.deepStrictEqual(libraries.filter((path) => !shown.has(path)), [])
    assert.deepStrictEqual(modules.filter((path) => !libraries.includes(path)), ["node/worker.ts"])
  })
})

describe("the examples in doc comments", () => {
  const folder = join(root, ".docs")

  beforeAll(() => {
    rmSync(folder, { recursive: true, force: true })
    mkdirSync(folder)
    for (const { code, file, result } of examples) {
      const epilogue = result === undefined
        ? ""
        : `\nexport { program }\nexport const expected = (Option: typeof import("effect").Option) => (${result})\n`
      writeFileSync(join(folder, file), code + epilogue)
    }
    writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ extends: "../tsconfig.json", include: ["*.ts"] }))
  })

  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  it("type-check, each by itself", { timeout: 120_000 }, () => {
    const tsc = join(root, "node_modules", "typescript", "bin", "tsc")
    const { stderr, stdout } = spawnSync(process.execPath, [tsc, "--noEmit", "-p", folder], { encoding: "utf8" })
    assert.strictEqual(stdout + stderr, "")
  })

  it("are files of names of their own", () => {
    assert.strictEqual(new Set(examples.map(({ file }) => file)).size, examples.length)
  })

  it("give a result, are whole programs, or are there for others to import", () => {
    const isWhole = (code: string) => code.includes("NodeRuntime.runMain") || code.includes("it.explore(")
    const isImported = (file: string) => examples.some(({ code }) => code.includes(`"./${file}"`))
    const others = examples.filter(({ code, file, result }) =>
      result === undefined && !isWhole(code) && !isImported(file)
    )
    assert.deepStrictEqual(others.map(({ title }) => title), [])
  })

  it.each(examples.filter(({ result }) => result !== undefined))(
    "$title gives $result",
    { timeout: 60_000 },
    async ({ file }) => {
      const { expected, program }: Example = await import(join(folder, file))
      // A thread that fails in an example, or a worker, is no news here.
      const quiet = program.pipe(
        Effect.provideService(Thread.ExceptHook, () => Effect.void),
        Effect.provideService(References.CurrentLoggers, new Set())
      )
      assert.deepStrictEqual(await Effect.runPromise(quiet), expected(Option))
    }
  )
})
