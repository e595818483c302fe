/** Runs one program in a worker of its own, and tells the page what it prints, what its threads do, and how it ends. */
import * as Cause from "effect/Cause"
import { Compiler, Problem } from "./compile.ts"
import { captureConsole } from "./output.ts"
import { nameUrl, toPage } from "./page.ts"
import { ended, interruptAll } from "./programs.ts"
import type { Command, Place, Program } from "./protocol.ts"
import { packageUrl } from "./site.ts"
import { watch } from "./timeline.ts"

/** The first place in a stack that is in the program's own files. */
const placeIn = (stack: string | undefined, program: Program): Place | undefined => {
  for (const [, file, line, column] of (stack ?? "").matchAll(/([\w./-]+\.ts):(\d+):(\d+)/g)) {
    if (Object.hasOwn(program.files, file!)) return { file: file!, line: Number(line), column: Number(column) }
  }
  return undefined
}

/** A module that lacks what is imported from it says so without a place. */
const placeOfImport = (message: string, { files, main }: Program): Place | undefined => {
  const name = /does not provide an export named '(\w+)'/.exec(message)?.[1]
  if (name === undefined) return undefined
  for (const [file, source] of [[main, files[main]!] as const, ...Object.entries(files)]) {
    const lines = source.split("\n")
    const index = lines.findIndex((line) =>
      /^\s*(import|export)\b/.test(line) && new RegExp(`\\b${name}\\b`).test(line)
    )
    if (index >= 0) return { file, line: index + 1, column: lines[index]!.search(new RegExp(`\\b${name}\\b`)) + 1 }
  }
  return undefined
}

const problem = (error: unknown, program: Program): void => {
  if (error instanceof Problem) return toPage({ tag: "problem", message: error.message, place: error.place })
  const { message, name, stack } = error instanceof Error ? error : new Error(String(error))
  // blob: URLs say nothing to anybody.
  const text = message.replace(/^The requested module 'blob:[^']*'/, "That module")
    .replace(/^The requested module '.*\/([^/']+)\.js'/, "The module \"$1\"")
  toPage({
    tag: "problem",
    message: name === "Error" || text.startsWith(name) ? text : `${name}: ${text}`,
    place: placeIn(stack, program) ?? placeOfImport(message, program)
  })
}

const run = async (program: Program): Promise<void> => {
  const unwatch = watch()
  // The threads of a program that begins at once are to be seen as well.
  await new Promise((resolve) => setTimeout(resolve, 0))
  try {
    await import(await new Compiler(program, { packageUrl, nameUrl }).main())
  } catch (error) {
    await unwatch()
    problem(error, program)
    return toPage({ tag: "ended", how: "failed" })
  }
  const { failures, wasInterrupted } = await ended()
  await unwatch()
  for (const cause of failures) {
    const error = Cause.squash(cause)
    problem(error instanceof Error ? error : new Error(Cause.pretty(cause)), program)
  }
  toPage({ tag: "ended", how: failures.length > 0 ? "failed" : wasInterrupted ? "interrupted" : "succeeded" })
}

captureConsole((text, isError) => toPage({ tag: "output", text, isError }))

addEventListener("message", ({ data }: MessageEvent<Command>) => {
  if (data.tag === "run") void run(data.program)
  else interruptAll()
})

toPage({ tag: "ready" })
