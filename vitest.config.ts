import { defineConfig } from "vitest/config"

const condition = "--conditions=effect-threading-source"

export default defineConfig({
  // `effect-threading` means src/ here, in the tests and in every process or worker that they start.
  resolve: { conditions: ["effect-threading-source"] },
  ssr: { resolve: { conditions: ["effect-threading-source"], externalConditions: ["effect-threading-source"] } },
  test: {
    include: ["test/**/*.test.ts"],
    execArgv: [condition],
    env: { NODE_OPTIONS: condition },
    reporters: ["default", "./test/summary.ts"]
  }
})
