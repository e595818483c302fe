import { availableParallelism } from "node:os"
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
    // Many tests wait for processes and OS threads of their own, so two at once pay on two cores as well.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    reporters: ["default", "./test/summary.ts"]
  }
})
