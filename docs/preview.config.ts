import { defineConfig } from "vite"
import { isolation } from "./.vitepress/headers.ts"

// Serves the built site as a static host does.
export default defineConfig({
  base: process.env["DOCS_BASE"] ?? "/",
  appType: "mpa",
  publicDir: false,
  build: { outDir: ".vitepress/dist" },
  preview: { headers: isolation }
})
