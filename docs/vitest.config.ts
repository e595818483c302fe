import { join } from "node:path"
import { defineConfig } from "vitest/config"

export default defineConfig({
  root: import.meta.dirname,
  test: {
    include: ["test/**/*.test.ts"],
    globalSetup: ["test/support/setup.ts"],
    // A page may have to load the runtime while the other core is busy.
    testTimeout: 60_000,
    hookTimeout: 120_000,
    maxWorkers: 2,
    reporters: ["default", join(import.meta.dirname, "..", "test", "summary.ts")]
  }
})
