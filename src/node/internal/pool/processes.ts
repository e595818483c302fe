/** Workers that are processes of their own: no memory is shared, and nothing that one does can hurt another. */
import { fork } from "node:child_process"
import type { ChildProcess } from "node:child_process"
import { availableParallelism, constants } from "node:os"
import type { ResourceLimits } from "node:worker_threads"
import type { Engine } from "../../../internal/pool/engine.ts"
import { Command } from "../../../internal/pool/protocol.ts"
import type { Commands, Reports } from "../../../internal/pool/protocol.ts"
import { Exited, OutOfMemory } from "../../../internal/pool/taskError.ts"
import type { Fault } from "../../../internal/pool/taskError.ts"
import { workersFlags } from "./execArgv.ts"
import { flagVariable, ProcessFlag } from "./processFlag.ts"
import { runnerUrl } from "./runnerUrl.ts"
import { neverStarted } from "./threads.ts"
import type { NodeOptions } from "./threads.ts"

export const processes = (options: NodeOptions): Engine => ({
  kind: "processes",
  sharesMemory: false,
  parallelism: availableParallelism(),
  spawn(name, init, events) {
    let flag: ProcessFlag
    let child: ChildProcess
    try {
      flag = new ProcessFlag()
      child = fork(runnerUrl(options.worker), [], {
        serialization: "advanced",
        execArgv: [...workersFlags(process.execArgv), `--title=${name}`, ...flagsOf(options.resourceLimits)],
        env: { ...process.env, [flagVariable]: flag.path },
        // Only V8's last words tell an exhausted heap from another abort.
        stdio: ["ignore", "inherit", options.resourceLimits === undefined ? "inherit" : "pipe", "ipc"]
      })
    } catch (cause) {
      return neverStarted(cause, events.gone)
    }
    let crash: unknown
    whenOver(child, ({ code, lastWords, signal }) => {
      flag.close()
      events.gone(reasonOf(code, signal, crash, lastWords))
    })
    child.on("message", (message: Reports | { readonly crash: unknown }) => {
      if ("crash" in message) crash = message.crash
      else events.reports(message)
    })
    child.on("error", (cause) => {
      crash ??= cause
    })
    // What a process that has ended is sent is lost, and its end is told anyway.
    const send = (commands: Commands): void => void child.send(commands as never, () => {})
    send([[Command.init, init]])
    return {
      id: child.pid,
      post: send,
      keepAlive: (alive) => {
        const handles = [child, child.channel, child.stderr] as ReadonlyArray<{ ref?(): void; unref?(): void } | null>
        for (const handle of handles) {
          if (alive) handle?.ref?.()
          else handle?.unref?.()
        }
      },
      cancel: (id) => flag.raise(id),
      terminate: () => void child.kill("SIGKILL")
    }
  }
})

interface End {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly lastWords: string
}

/** Tells of a process's end once all that it had to say has been heard. */
const whenOver = (child: ChildProcess, over: (end: End) => void): void => {
  let lastWords = ""
  let code: number | null = -1
  let signal: NodeJS.Signals | null = null
  const waiting = new Set(["exit", "disconnect"])
  const passed = (event: string): void => {
    if (waiting.delete(event) && waiting.size === 0) over({ code, signal, lastWords })
  }
  child.on("exit", (exitCode, exitSignal) => {
    code = exitCode
    signal = exitSignal
    // Others may have inherited what it wrote to, and never close it.
    if (child.stderr !== null) setTimeout(passed, 100, "stderr")
    passed("exit")
  })
  child.on("disconnect", () => passed("disconnect"))
  child.on("error", () => {
    if (child.pid === undefined) { for (const event of Array.from(waiting)) passed(event) }
  })
  if (child.stderr === null) return
  waiting.add("stderr")
  child.stderr.on("data", (text: Buffer) => {
    process.stderr.write(text)
    lastWords = (lastWords + text.toString()).slice(-4096)
  })
  child.stderr.on("close", () => passed("stderr"))
}

const flagsOf = (limits: ResourceLimits | undefined): ReadonlyArray<string> => [
  ...(limits?.maxOldGenerationSizeMb === undefined ? [] : [`--max-old-space-size=${limits.maxOldGenerationSizeMb}`]),
  ...(limits?.maxYoungGenerationSizeMb === undefined
    ? []
    : [`--max-semi-space-size=${limits.maxYoungGenerationSizeMb}`]),
  ...(limits?.stackSizeMb === undefined ? [] : [`--stack-size=${Math.floor(limits.stackSizeMb * 1024 * 0.8)}`])
]

const reasonOf = (code: number | null, signal: NodeJS.Signals | null, cause: unknown, lastWords: string): Fault => {
  if (/heap out of memory|heap limit/i.test(lastWords)) return new OutOfMemory()
  return new Exited({
    exitCode: code ?? 128 + (signal === null ? 0 : constants.signals[signal]),
    ...(signal === null ? {} : { signal }),
    ...(cause === undefined ? {} : { cause })
  })
}
