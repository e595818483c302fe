/**
 * What a thread of `webWorker` runs: it takes what Node alone has from the sight of the library, puts the globals of a Web Worker in
 * its place, and loads the worker's script.
 */
import { parentPort, workerData } from "node:worker_threads"

/** What the other side is sent: a message, or the text of an error that nobody caught, if there is one. */
export type Sent = { readonly data: unknown } | { readonly uncaught: string | undefined }

export interface Made {
  readonly script: string
  readonly name: string
}

interface Event {
  readonly data?: unknown
  readonly error?: unknown
  readonly reason?: unknown
  readonly preventDefault: () => void
}

const port = parentPort!
const { name, script } = workerData as Made

const listeners = new Map<string, Array<(event: Event) => void>>()

/** Whether nobody has prevented what would happen. */
const dispatch = (type: string, about: Omit<Event, "preventDefault">): boolean => {
  let isDefault = true
  const preventDefault = () => {
    isDefault = false
  }
  for (const listener of listeners.get(type) ?? []) listener({ ...about, preventDefault })
  return isDefault
}

const addEventListener = (type: string, listener: (event: Event) => void): void => {
  const others = listeners.get(type)
  if (others !== undefined) return void others.push(listener)
  listeners.set(type, [listener])
  // Not before: what is sent until then has to wait.
  if (type === "message") port.on("message", (data: unknown) => dispatch("message", { data }))
}

const postMessage = (data: unknown, transfer: ReadonlyArray<never>): void => port.postMessage({ data }, transfer)

/** The error itself stays here. */
const fail = (message: string | undefined): void => port.postMessage({ uncaught: message } satisfies Sent)

const reportError = (error: unknown): void => {
  if (dispatch("error", { error })) fail(`Uncaught ${String(error)}`)
}

process.on("uncaughtException", reportError)
process.on("unhandledRejection", (reason) => dispatch("unhandledrejection", { reason }))

const { setImmediate } = globalThis
Object.assign(globalThis, {
  name,
  addEventListener,
  postMessage,
  reportError,
  close: () => process.exit(0),
  setImmediate: undefined
})
process.getBuiltinModule = undefined as never
try {
  await import(script)
} catch {
  // Browsers do not tell why.
  fail(undefined)
}
// Tasks of the tests use it.
Object.assign(globalThis, { setImmediate })
