/**
 * Where a worker thread is, also one that is stuck in a loop: it is paused through the inspector for a moment, which takes some
 * ten milliseconds. One that waits for something to happen is left alone.
 */
import * as Effect from "effect/Effect"
import type { Debugger } from "node:inspector"
import type { Worker } from "node:worker_threads"
import { giveTurnBack, isDebugged, openSession, takeTurn } from "./inspector.ts"

// Milliseconds: for how long a worker that does something is idle not at all, and how long it may take to be paused.
const glance = 10
const patience = 2000

/**
 * The stack of the worker. Undefined if it runs no JavaScript now: it waits, is in native code or has ended; if there is no
 * inspector, or somebody debugs the process, to whom this would look like a breakpoint.
 */
export const sampleStack = (worker: Worker): Effect.Effect<string | undefined> =>
  Effect.callback((resume) => {
    if (isDebugged()) return resume(Effect.undefined)
    const idle = idleTime(worker)
    let stop = () => {}
    const look = () => {
      if (idleTime(worker) > idle) resume(Effect.undefined)
      else if (takeTurn()) stop = pause(worker, (stack) => resume(Effect.succeed(stack)))
      else timer = setTimeout(look, glance)
    }
    let timer = setTimeout(look, glance)
    return Effect.sync(() => {
      clearTimeout(timer)
      stop()
    })
  })

// Can be read from here, whatever the worker does.
const idleTime = (worker: Worker): number => worker.performance.eventLoopUtilization().idle

/** Calls back with where the worker was when it could be paused; the answer gives up. */
const pause = (worker: Worker, done: (stack: string | undefined) => void): () => void => {
  const session = openSession()
  if (session === undefined) {
    giveTurnBack()
    done(undefined)
    return () => {}
  }
  const urls = new Map<string, string>()
  let target: string | undefined
  let timer: NodeJS.Timeout | undefined
  let isOver = false
  const end = (stack?: string) => {
    if (isOver) return
    isOver = true
    clearTimeout(timer)
    // The worker goes on. Without this one that comes back from native code only now would be paused then, and stay so.
    if (target !== undefined) session.post("NodeWorker.detach", { sessionId: target })
    session.disconnect()
    giveTurnBack()
    done(stack)
  }
  const tell = (id: number, method: string) =>
    session.post("NodeWorker.sendMessageToWorker", { sessionId: target!, message: JSON.stringify({ id, method }) })
  try {
    session.connect()
    session.on("NodeWorker.attachedToWorker", ({ params: { sessionId, workerInfo } }) => {
      // The protocol's own number of a worker is another one.
      if (!workerInfo.title.startsWith(`[worker ${worker.threadId}]`)) return
      target = sessionId
      tell(1, "Debugger.enable")
      tell(2, "Debugger.pause")
    })
    session.on("NodeWorker.receivedMessageFromWorker", ({ params: { message, sessionId } }) => {
      if (sessionId !== target) return
      const { method, params } = JSON.parse(message) as Message
      if (method === "Debugger.scriptParsed") urls.set(params.scriptId, params.url)
      else if (method === "Debugger.paused") end(listing(params.callFrames, urls))
    })
    session.post("NodeWorker.enable", { waitForDebuggerOnStart: false }, () => {
      // Who is there has been told by now.
      if (target === undefined) end()
      else if (!isOver) timer = setTimeout(end, patience)
    })
  } catch {
    end()
  }
  return end
}

type Message =
  | { readonly method: "Debugger.scriptParsed"; readonly params: Debugger.ScriptParsedEventDataType }
  | { readonly method: "Debugger.paused"; readonly params: Debugger.PausedEventDataType }
  | { readonly method?: undefined; readonly params: unknown }

const most = 16

const listing = (frames: ReadonlyArray<Debugger.CallFrame>, urls: ReadonlyMap<string, string>): string => {
  const lines = frames.slice(0, most).map(({ functionName, location: { columnNumber = 0, lineNumber, scriptId } }) => {
    const at = `${urls.get(scriptId) || "<anonymous>"}:${lineNumber + 1}:${columnNumber + 1}`
    return `    at ${functionName === "" ? at : `${functionName} (${at})`}`
  })
  if (frames.length > most) lines.push(`    … and ${frames.length - most} more frames`)
  return lines.join("\n")
}
