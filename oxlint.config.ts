import { defineConfig } from "oxlint"

// Levels 1 to 4: a module imports its own level and those below. Level 0 is internal/, level 5 the platform folders.
const levels = [
  ["Lock", "Semaphore", "Event", "SharedRef", "Deadlock"],
  ["RLock", "ReadWriteLock", "Condition", "Barrier"],
  ["Thread", "ThreadGroup", "ThreadLocal", "Timer", "Future", "Task", "WorkerPool"],
  ["ThreadPoolExecutor"]
]

const only = (allowed: ReadonlyArray<string>, message: string) => {
  const rule: ["error", { patterns: Array<{ group: [string, ...Array<string>]; message: string }> }] = [
    "error",
    { patterns: [{ group: ["**", ...allowed.map((path) => `!${path}`), "../index.ts"], message }] }
  ]
  return rule
}

const effect = "effect/**"
const internal = "./internal/**/*.ts"

export default defineConfig({
  plugins: ["eslint", "typescript", "import", "unicorn", "oxc"],
  categories: { correctness: "error" },
  env: { es2024: true },
  ignorePatterns: ["dist", "docs/.vitepress/{cache,dist,dist-sub}", "docs/public", "docs/api"],
  rules: {
    "import/no-cycle": "error",
    "import/no-self-import": "error",
    "import/no-duplicates": "error",
    // TypeScript knows the names of a namespace; the linter would look for them in dist/.
    "import/namespace": "off",
    // `Task.module<typeof import("./tasks.ts")>` is how a module is named.
    "typescript/consistent-type-imports": ["error", { disallowTypeAnnotations: false }],
    "no-unused-vars": ["error", { argsIgnorePattern: "^_", varsIgnorePattern: "^_", ignoreRestSiblings: true }],
    // A generator without a yield is an effect that happens to do nothing asynchronous yet.
    "require-yield": "off"
  },
  overrides: [
    {
      files: ["src/**/*.ts"],
      rules: {
        "typescript/no-explicit-any": "error",
        "no-restricted-globals": ["error", { name: "Atomics", message: "internal/atomics.ts alone touches Atomics." }]
      }
    },
    {
      files: ["src/internal/atomics.ts"],
      rules: { "no-restricted-globals": "off" }
    },
    {
      files: ["src/*.ts"],
      rules: {
        "no-restricted-imports": only([effect], "Give this module a level in oxlint.config.ts, or import less.")
      }
    },
    {
      files: ["src/internal/*.ts"],
      rules: {
        "no-restricted-imports": only([effect, "./**/*.ts"], "internal/ imports effect and itself, nothing else.")
      }
    },
    {
      files: ["src/internal/pool/*.ts"],
      rules: {
        "no-restricted-imports": only(
          [effect, "./*.ts", "../*.ts", "../shared/*.ts"],
          "internal/ imports effect and itself, nothing else."
        )
      }
    },
    {
      files: ["src/internal/shared/*.ts"],
      rules: {
        "no-restricted-imports": only(
          [effect, "./*.ts", "../*.ts"],
          "internal/shared/ imports effect, itself and what is below."
        )
      }
    },
    ...levels.map((modules, level) => ({
      files: modules.map((module) => `src/${module}.ts`),
      rules: {
        "no-restricted-imports": only(
          [effect, ...internal, ...levels.slice(0, level + 1).flat().map((module) => `./${module}.ts`)],
          `Level ${level + 1} imports effect/*, internal/* and the levels up to its own (oxlint.config.ts).`
        )
      }
    })),
    {
      files: ["src/index.ts"],
      rules: { "no-restricted-imports": only(["./*.ts"], "index.ts lists the public modules, nothing else.") }
    },
    {
      files: ["src/{node,browser,cluster,testing}/**/*.ts"],
      rules: {
        "no-restricted-imports": only(
          [
            effect,
            "node:*",
            "@effect/*",
            "./*.ts",
            "./internal/**/*.ts",
            "../*.ts",
            "../internal/**/*.ts",
            "../../internal/**/*.ts",
            "../../../internal/**/*.ts"
          ],
          "A platform folder imports the levels below it, never index.ts or another platform folder."
        )
      }
    },
    {
      // Users import by package name, and so do the programs that show how.
      files: ["examples/**/*.ts", "typetest/**/*.ts", "bench/**/*.ts"],
      rules: {
        "no-restricted-imports": ["error", {
          patterns: [{ regex: "/src/", message: "Import effect-threading by its name." }]
        }]
      }
    }
  ]
})
