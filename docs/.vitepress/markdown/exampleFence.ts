/**
 * A fence whose info is `example FILE.ts` or `example FILE.ts#region` becomes the component that shows that program, runs it and
 * lets it be edited; its code and its output are in the page as they are, for those who read only.
 */
import type { MarkdownRenderer } from "vitepress"
import { example } from "../examples.ts"

const attribute = (value: unknown): string => JSON.stringify(value).replaceAll("&", "&amp;").replaceAll("'", "&#39;")

export const exampleFence = (md: MarkdownRenderer): void => {
  const fence = md.renderer.rules.fence!
  md.renderer.rules.fence = (tokens, index, options, env, self) => {
    const path = /^example (\S+)$/.exec(tokens[index]!.info.trim())?.[1]
    if (path === undefined) return fence(tokens, index, options, env, self)
    const shown = example(path)
    const block = (info: string, content: string) => {
      const token = Object.assign(Object.create(Object.getPrototypeOf(tokens[index])), tokens[index], { info, content })
      return fence([token], 0, options, env, self)
    }
    return `<RunExample file="${shown.file}" :files='${attribute(shown.files)}'>`
      + block("ts", shown.shown)
      + (shown.output === undefined
        ? ""
        : `<template #output><pre class="printed" v-pre><code>${
          md.utils.escapeHtml(shown.output)
        }</code></pre></template>`)
      + "</RunExample>\n"
  }
}
