/** What editors show of tasks: types as one would write them, and the comments of the module. */
import { assert, it } from "@effect/vitest"
import ts from "@typescript/typescript6"
import { join } from "node:path"

const root = join(import.meta.dirname, "..")
const path = join(root, "typetest", "hovers.ts")
const source = `import { Task } from "effect-threading"
export declare const tasks: Task.Module<typeof import("./tasks/tasks.ts")>`

const makeProgram = () => {
  const { config } = ts.readConfigFile(join(root, "tsconfig.json"), ts.sys.readFile)
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, root)
  const host = ts.createCompilerHost(options)
  return ts.createProgram([path], { ...options, noErrorTruncation: false }, {
    ...host,
    getSourceFile: (name, ...rest) =>
      name === path ? ts.createSourceFile(name, source, rest[0]) : host.getSourceFile(name, ...rest)
  })
}

it("editors show tasks as one would write them", { timeout: 60_000 }, () => {
  const program = makeProgram()
  const checker = program.getTypeChecker()
  const module = program.getSourceFile(path)!
  const [tasks] = checker.getExportsOfModule(checker.getSymbolAtLocation(module)!)
  const task = (name: string) => checker.getPropertyOfType(checker.getTypeOfSymbol(tasks!), name)!
  const shown = (name: string) => checker.typeToString(checker.getTypeOfSymbol(task(name)), module)
  assert.strictEqual(shown("find"), "(n: number) => Effect<Option<number>, TaskError, WorkerPool<never>>")
  assert.strictEqual(shown("lookup"), "(id: string) => Effect<readonly number[], TaskError, WorkerPool<Database>>")
  assert.strictEqual(shown("maybeLater"), "(n: number) => Effect<string | number, TaskError, WorkerPool<never>>")
  assert.strictEqual(shown("records"), "(sql: string) => Stream<readonly number[], TaskError, WorkerPool<Database>>")
  assert.strictEqual(
    ts.displayPartsToString(task("fib").getDocumentationComment(checker)),
    "The n-th Fibonacci number."
  )
})
