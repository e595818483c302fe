/** Sends what tasks write to the program that called them, and lets a task end its worker as on Node. */
import { captureConsole } from "./output.ts"

addEventListener("message", (event: MessageEvent<unknown>) => {
  const { data } = event
  if (typeof data !== "object" || data === null || !("console" in data)) return
  event.stopImmediatePropagation()
  const port = data.console as MessagePort
  captureConsole((text, isError) => port.postMessage({ text, isError }))
})

const exit = (exitCode = 0): never => {
  postMessage({ exitCode })
  // The pool ends this worker; until then nothing more may happen in it.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)
  throw new Error("process.exit")
}

Object.assign(globalThis, { process: { exit } })
