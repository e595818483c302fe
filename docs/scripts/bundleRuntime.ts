/**
 * Builds what the programs of the pages run against into `public/run`: the built library, Effect, stand-ins for what is Node's, the
 * worker that runs a program and the one that runs tasks. All of it lies in a handful of chunks, since each worker loads it anew; a
 * module that programs import is a file that names its part of them.
 */
import { build } from "esbuild"
import type { BuildOptions } from "esbuild"
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"

const docs = join(import.meta.dirname, "..")
const root = join(docs, "..")
const dist = join(root, "dist")
const outdir = join(docs, "public", "run")

if (!existsSync(join(dist, "index.js"))) throw new Error("There is no dist/: npm run build:dist comes first.")

const effect = join(root, "node_modules", "effect", "dist")
const modulesOf = (folder: string): ReadonlyArray<string> =>
  readdirSync(folder).filter((name) => /^[A-Z]\w*\.js$/.test(name)).map((name) => name.slice(0, -".js".length))

/** What programs import, by its name. */
const packages: Readonly<Record<string, string>> = {
  "effect": join(effect, "index.js"),
  ...Object.fromEntries(modulesOf(effect).map((name) => [`effect/${name}`, join(effect, `${name}.js`)])),
  "effect-threading": join(dist, "index.js"),
  ...Object.fromEntries(modulesOf(dist).map((name) => [`effect-threading/${name}`, join(dist, `${name}.js`)])),
  "effect-threading/testing": join(dist, "testing", "index.js"),
  "effect-threading/node": join(docs, "runner", "nodeStandIn.ts"),
  "effect-threading/browser": join(docs, "runner", "browserStandIn.ts"),
  "@effect/platform-node": join(docs, "runner", "platformStandIn.ts")
}

const fileOf = (specifier: string): string => `modules/${specifier.replace("@", "")}.js`

const options = {
  absWorkingDir: root,
  bundle: true,
  splitting: true,
  format: "esm",
  target: "es2022",
  platform: "browser",
  outdir,
  // What the stand-ins themselves import.
  alias: {
    "effect-threading/browser/worker": join(dist, "browser", "worker.js"),
    "effect-threading/browser": join(dist, "browser", "index.js"),
    "effect-threading/Thread": join(dist, "Thread.js")
  },
  define: { MODULES: JSON.stringify(Object.fromEntries(Object.keys(packages).map((name) => [name, fileOf(name)]))) },
  tsconfigRaw: {},
  metafile: true,
  logLevel: "warning"
} satisfies BuildOptions

/** What each module exports. */
const exportsOf = async (): Promise<ReadonlyMap<string, ReadonlyArray<string>>> => {
  const entryPoints = Object.entries(packages).map(([specifier, file]) => ({
    in: file,
    out: fileOf(specifier).slice(0, -".js".length)
  }))
  const { metafile } = await build({ ...options, entryPoints, write: false })
  const names = new Map(Object.entries(metafile.outputs).map(([file, { exports }]) => [join(root, file), exports]))
  return new Map(Object.keys(packages).map((specifier) => [specifier, names.get(join(outdir, fileOf(specifier)))!]))
}

const specifiers = Object.keys(packages)
const names = await exportsOf()

rmSync(outdir, { recursive: true, force: true })
const { metafile } = await build({
  ...options,
  stdin: {
    contents: specifiers.map((specifier, i) => `export * as m${i} from ${JSON.stringify(packages[specifier])}`).join(
      "\n"
    ),
    resolveDir: root,
    sourcefile: "all.js"
  },
  entryPoints: { runner: join(docs, "runner", "runner.ts"), poolWorker: join(docs, "runner", "poolWorker.ts") },
  entryNames: "[name]",
  chunkNames: "chunks/[name]-[hash]",
  minify: true,
  keepNames: true,
  legalComments: "none"
})

const all = Object.keys(metafile.outputs).find((file) => metafile.outputs[file]!.entryPoint === "all.js")!
const bytes = Object.values(metafile.outputs).reduce((sum, { bytes }) => sum + bytes, 0)
console.log(`runtime: ${Object.keys(metafile.outputs).length} files, ${(bytes / 1e6).toFixed(1)} MB`)

for (const [i, specifier] of specifiers.entries()) {
  const file = join(outdir, fileOf(specifier))
  const up = "../".repeat(fileOf(specifier).split("/").length - 1)
  const exported = names.get(specifier)!
  mkdirSync(dirname(file), { recursive: true })
  // Many are no names of variables: `void`, `catch`.
  writeFileSync(
    file,
    `import { m${i} as m } from "${up}${all.slice(all.lastIndexOf("/") + 1)}"\n`
      + exported.map((name, j) => `const e${j} = m[${JSON.stringify(name)}]\n`).join("")
      + `export { ${exported.map((name, j) => `e${j} as ${name}`).join(", ")} }\n`
  )
}
