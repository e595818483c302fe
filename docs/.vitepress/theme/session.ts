/** One run of a program, in a worker of its own. */
import { withBase } from "vitepress"
import type { Command, Program, Said } from "../../runner/protocol.ts"

/** How long a program that is stopped has for its finalizers, in milliseconds. */
const grace = 800

export interface Listener {
  said(what: Exclude<Said, { readonly tag: "ready" }>): void
  /** The worker did not end by itself, and was ended. */
  forced(): void
}

export interface Session {
  /** Interrupts the program; if it does not end of that, as a loop that never yields does not, its worker is ended. */
  stop(): void
  /** Ends it at once, without a word. */
  drop(): void
}

const tell = (worker: Worker, command: Command): void => worker.postMessage(command)

export const start = (program: Program, listener: Listener): Session => {
  const script = new URL(withBase("/run/runner.js"), location.href).href
  // A `blob:` script is bound to this page's content-security policy; one from the network would be to its own.
  const url = URL.createObjectURL(new Blob([`import ${JSON.stringify(script)}`], { type: "text/javascript" }))
  const worker = new Worker(url, { type: "module", name: program.main })
  let timer: ReturnType<typeof setTimeout> | undefined
  const drop = (): void => {
    clearTimeout(timer)
    URL.revokeObjectURL(url)
    worker.terminate()
  }
  const over = (): void => {
    drop()
    listener.forced()
  }
  worker.addEventListener("message", ({ data }: MessageEvent<Said>) => {
    if (data.tag === "ready") return tell(worker, { tag: "run", program })
    if (data.tag === "ended") drop()
    listener.said(data)
  })
  worker.addEventListener("error", (event) => {
    event.preventDefault()
    drop()
    listener.said({ tag: "problem", message: event.message || "The runtime could not be loaded.", place: undefined })
    listener.said({ tag: "ended", how: "failed" })
  })
  return {
    stop: () => {
      if (timer !== undefined) return over()
      tell(worker, { tag: "stop" })
      timer = setTimeout(over, grace)
    },
    drop
  }
}
