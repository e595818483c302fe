/**
 * `npm run build:package`: packs the package as npm would publish it, lints the tarball (publint, attw), then installs
 * it beside `effect` in an empty project, without our tools, and type-checks and runs programs there.
 */
import assert from "node:assert/strict"
import { spawnSync } from "node:child_process"
import {
  copyFileSync,
  cpSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync
} from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"

const root = join(import.meta.dirname, "..", "..")
const project = mkdtempSync(join(tmpdir(), "effect-threading-"))
process.on("exit", () => rmSync(project, { recursive: true, force: true }))

const run = (cwd: string, command: string, ...args: ReadonlyArray<string>): string => {
  const { error, status, stderr, stdout } = spawnSync(command, args, { cwd, encoding: "utf8" })
  if (error !== undefined || status !== 0) {
    console.error(`${command} ${args.join(" ")}\n${stdout}${stderr}${error ?? ""}`)
    process.exit(1)
  }
  return stdout
}
const tool = (name: string, ...args: ReadonlyArray<string>) =>
  run(root, join(root, "node_modules", ".bin", name), ...args)
const node = (...args: ReadonlyArray<string>) => run(project, process.execPath, ...args)

const [packed] = Object.values(JSON.parse(run(root, "npm", "pack", "--json", "--pack-destination", project))) as [
  { readonly filename: string; readonly size: number; readonly files: ReadonlyArray<{ readonly path: string }> }
]
const tarball = join(project, packed.filename)
const stray = packed.files.filter(({ path }) =>
  !/^(src\/.+\.ts|dist\/.+\.(js|d\.ts)(\.map)?|package\.json|README\.md|LICENSE|CHANGELOG\.md|docs\/bundlers\.md)$/
    .test(path)
)
assert.deepEqual(stray, [], "the tarball holds files that users do not need")
console.log(`packed ${packed.files.length} files, ${Math.ceil(packed.size / 1024)} kB`)

tool("publint", "run", tarball, "--strict")
console.log("publint: ok")
const modules = readdirSync(join(root, "src")).filter((name) => name.endsWith(".ts") && name !== "index.ts")
const entrypoints = [
  ".",
  "testing",
  "testing/vitest",
  "node",
  "node/worker",
  "browser",
  "browser/worker",
  ...modules.map((name) => name.slice(0, -".ts".length))
]
tool("attw", tarball, "--profile", "esm-only", "--no-color", "--no-emoji", "--entrypoints", ...entrypoints)
console.log(`attw: ok (${entrypoints.length} entry points)`)

const { version } = JSON.parse(readFileSync(join(root, "node_modules", "effect", "package.json"), "utf8"))
writeFileSync(join(project, "package.json"), JSON.stringify({ private: true, type: "module" }))
const quietly = ["--prefer-offline", "--ignore-scripts", "--no-audit", "--no-fund"]
run(project, "npm", "install", ...quietly, tarball, `effect@${version}`)
assert.equal(
  node("--eval", `import("vitest").then(() => console.log("found"), () => console.log("absent"))`),
  "absent\n"
)

const tsc = join(root, "node_modules", "typescript", "bin", "tsc")

/** Type-checks a program as its author would, and compiles it. */
const compile = (files: ReadonlyArray<string>, outDir: string, moduleResolution: "nodenext" | "bundler"): void => {
  const compilerOptions = {
    strict: true,
    exactOptionalPropertyTypes: true,
    allowJs: true,
    checkJs: true,
    rewriteRelativeImportExtensions: true,
    target: "es2024",
    lib: ["es2024", "dom"],
    module: moduleResolution === "bundler" ? "esnext" : "nodenext",
    moduleResolution,
    outDir,
    rootDir: "."
  }
  writeFileSync(join(project, "tsconfig.json"), JSON.stringify({ compilerOptions, files }))
  node(tsc)
}

const expected = {
  "program.js": "visits: 2,2,1,5\n",
  "program.ts": `{"a":4,"daisy":1,"is":3,"no":1,"rose":4} ERR_PACKAGE_PATH_NOT_EXPORTED\n`,
  "browser.ts": "3 0 false function ERR_PACKAGE_PATH_NOT_EXPORTED worker.js\n",
  "tools.ts": "deadlock deadlock true true MainThread\n"
}
for (const [program, output] of Object.entries(expected)) {
  copyFileSync(join(import.meta.dirname, program), join(project, program))
  for (const resolution of ["nodenext", "bundler"] as const) {
    const outDir = `${program}-${resolution}`
    compile([program], outDir, resolution)
    assert.equal(node(join(outDir, program.replace(/ts$/, "js"))), output)
    console.log(`${program}: type-checks (${resolution}) and runs`)
  }
}

// Tasks, on threads and then on processes.
cpSync(join(root, "test", "bundles", "program"), join(project, "bundles", "program"), { recursive: true })
cpSync(join(import.meta.dirname, "pool"), join(project, "package", "pool"), { recursive: true })
const seen = `{"point":42,"errors":[12,-2],"options":[4,true],"steps":[7,14,21],"bytes":3,"spin":true}\n`
const answers = `[6,{"_id":"Option","_tag":"Some","value":4},"odd"]\n`
const runsTwice = (output: string, ...args: ReadonlyArray<string>) => assert.equal(node(...args), output + output)

runsTwice(seen, "bundles/program/main.ts")
console.log("tasks in TypeScript: run as they are")
compile(["bundles/program/main.ts", "bundles/program/mainWhole.ts"], "compiled", "nodenext")
runsTwice(seen, "compiled/bundles/program/main.js")
runsTwice(seen, "compiled/bundles/program/mainWhole.js")
console.log("tasks in TypeScript: type-check, and run compiled")
compile(["package/pool/main.js"], "compiled", "nodenext")
runsTwice(answers, "package/pool/main.js")
console.log("tasks in JavaScript: type-check and run")
runsTwice(answers, "package/pool/main.cjs")
console.log("tasks in CommonJS: run")
runsTwice(
  seen,
  "--input-type=module",
  "--eval",
  `await import(${JSON.stringify(join(project, "bundles/program/main.ts"))})`
)
console.log("tasks called by `node --eval`: run")

renameSync(join(project, "package", "pool", "vitest.ts"), join(project, "package", "pool", "pool.test.ts"))
symlinkSync(join(root, "node_modules", "vitest"), join(project, "node_modules", "vitest"))
for (const pool of ["threads", "forks"]) {
  node(join(root, "node_modules", "vitest", "vitest.mjs"), "run", "--pool", pool)
  console.log(`tasks in tests: run (vitest, ${pool})`)
}
