import type { Theme } from "vitepress"
import DefaultTheme from "vitepress/theme"
import { defineAsyncComponent } from "vue"
import { isolate } from "./isolation.ts"
import LifeCycle from "./LifeCycle.vue"
import RunExample from "./RunExample.vue"
import "./style.css"

export default {
  extends: DefaultTheme,
  enhanceApp({ app }) {
    app.component("RunExample", RunExample)
    app.component("LifeCycle", LifeCycle)
    // With their data, which other pages need not load.
    app.component("Comparison", defineAsyncComponent(() => import("./Comparison.vue")))
    app.component("BenchChart", defineAsyncComponent(() => import("./BenchChart.vue")))
    if (!import.meta.env.SSR) isolate()
  }
} satisfies Theme
