/**
 * What a worker of `BrowserWorkerPool` runs. The pool starts it; an application that is bundled may have to say where it is, see
 * the option `worker`.
 *
 * @since 0.4.0
 */
import type { Commands } from "../internal/pool/protocol.ts"
import { Command } from "../internal/pool/protocol.ts"
import { Runner } from "../internal/pool/runner.ts"
import type { Said, Start } from "./internal/webWorkers.ts"

interface Scope {
  postMessage(message: Said, transfer: ReadonlyArray<object>): void
  addEventListener(type: "message", listener: (event: { readonly data: Start | Commands }) => void): void
  addEventListener(
    type: "error",
    listener: (event: { readonly error: unknown; preventDefault(): void }) => void
  ): void
  addEventListener(
    type: "unhandledrejection",
    listener: (event: { readonly reason: unknown; preventDefault(): void }) => void
  ): void
  reportError(error: unknown): void
  readonly navigator: {
    readonly locks?: { request(name: string, held: () => Promise<never>): Promise<unknown> }
  }
}

const scope = globalThis as unknown as Scope

const start = (): void => {
  const runner = new Runner({
    post: (reports, transfer) => scope.postMessage(reports, transfer),
    // The pool ends a worker that says so, and needs no more to do it.
    close: () => scope.postMessage({ exitCode: 0 }, [])
  })
  scope.addEventListener("message", ({ data }) => {
    if (!("init" in data)) return runner.receive(data)
    // Held until the worker ends, in whatever way.
    void scope.navigator.locks?.request(data.life, () => {
      scope.postMessage({ holds: data.life }, [])
      return new Promise(() => {})
    })
    runner.receive([[Command.init, data.init]])
  })
  // Browsers would tell the pool no more of it than its text.
  const isTold = (uncaught: unknown): boolean => {
    runner.flush()
    try {
      scope.postMessage({ uncaught }, [])
      return true
    } catch {
      return false
    }
  }
  scope.addEventListener("error", (event) => {
    if (isTold(event.error)) event.preventDefault()
  })
  // As on Node, where a rejection that nobody handles ends the worker.
  scope.addEventListener("unhandledrejection", (event) => {
    event.preventDefault()
    if (!isTold(event.reason)) scope.reportError(event.reason)
  })
}

start()
