/** Workers that are Web Workers of this page, or of the worker that this is. */
import type { Engine, WorkerHandle } from "../../internal/pool/engine.ts"
import type { Commands, Init, Reports } from "../../internal/pool/protocol.ts"
import { Exited, SpawnFailed, Terminated } from "../../internal/pool/taskError.ts"
import { osThreadEnded } from "../../internal/shared/osThreads.ts"
import { nameWith } from "../../internal/shared/platform.ts"
import { nextTurn } from "../../internal/time.ts"

interface Listeners {
  message: { readonly data: unknown }
  error: { readonly message?: string; readonly error?: unknown; preventDefault(): void }
}

/**
 * A `Worker`, as far as a pool needs it.
 *
 * @since 0.4.0
 * @category models
 */
export interface WebWorker {
  postMessage(message: unknown, transfer: Array<never>): void
  terminate(): void
  addEventListener<K extends keyof Listeners>(type: K, listener: (event: Listeners[K]) => void): void
}

/** What a worker is sent first; everything else are commands. */
export interface Start {
  readonly init: Init
  /** The Web Lock that the worker holds as long as it lives. */
  readonly life: string
}

/** What a worker says: reports, that it holds its Web Lock, with which code it exits, or what nobody in it has caught. */
export type Said = Reports | { readonly holds: string } | { readonly exitCode: number } | { readonly uncaught: unknown }

interface Locks {
  request(name: string, options: { readonly signal?: object }, held: () => void): Promise<unknown>
}

declare const URL: new(url: string, base: string) => { readonly href: string }
declare const Worker: new(url: object, options: { readonly type: "module"; readonly name: string }) => WebWorker

const host = globalThis as unknown as {
  readonly crossOriginIsolated?: boolean
  readonly navigator: { readonly hardwareConcurrency?: number; readonly locks?: Locks }
  readonly AbortController: new() => { readonly signal: object; abort(): void }
}

/** How many numbers there are for OS threads: the idents of their threads have room for 2 ** 21. */
const numbers = 2 ** 20

// Somewhere among them, since workers may have pools as well, and do not know what the page or each other give out.
let last = Math.floor(Math.random() * numbers)

const newThreadId = (): number => numbers + ++last % numbers

// Bundlers look for just this.
const ownWorker = (name: string): WebWorker =>
  new Worker(new URL("../worker.js", (import.meta as unknown as { readonly url: string }).url), {
    type: "module",
    name
  })

/** A worker that could not even be tried. */
const neverStarted = (gone: () => void): WorkerHandle => {
  void Promise.resolve().then(gone)
  return { id: undefined, post() {}, keepAlive() {}, cancel() {}, terminate() {} }
}

export const webWorkers = (make: ((name: string) => WebWorker) | undefined): Engine => ({
  kind: "threads",
  sharesMemory: host.crossOriginIsolated === true,
  parallelism: host.navigator.hardwareConcurrency ?? 1,
  spawn(name, init, events) {
    const threadId = newThreadId()
    const life = `effect-threading/${name}/${threadId}/${Math.random()}`
    let worker: WebWorker
    try {
      worker = (make ?? ownWorker)(nameWith(name, threadId))
    } catch (cause) {
      return neverStarted(() => events.gone(new SpawnFailed({ cause })))
    }
    const watch = new host.AbortController()
    let hasSpoken = false
    let isGone = false
    const gone = (reason: Parameters<typeof events.gone>[0]): void => {
      if (isGone) return
      isGone = true
      watch.abort()
      worker.terminate()
      osThreadEnded(threadId)
      events.gone(reason)
    }
    worker.addEventListener("message", ({ data }) => {
      if (isGone) return
      hasSpoken = true
      const said = data as Said
      if ("exitCode" in said) gone(new Exited(said))
      else if ("uncaught" in said) gone(new Exited({ exitCode: 1, cause: said.uncaught }))
      else if ("holds" in said) {
        // A worker that ends by itself tells nobody, but what it held is free then.
        host.navigator.locks!.request(said.holds, { signal: watch.signal }, () => gone(new Exited({ exitCode: 0 })))
          .catch(() => {})
      } else events.reports(said)
    })
    worker.addEventListener("error", (event) => {
      event.preventDefault()
      const cause = event.error ?? new Error(event.message ?? "The worker's script could not be loaded")
      gone(hasSpoken ? new Exited({ exitCode: 1, cause }) : new SpawnFailed({ cause }))
    })
    worker.postMessage({ init, life } satisfies Start, [])
    return {
      id: threadId,
      post: (commands: Commands, transfer) => worker.postMessage(commands, transfer as Array<never>),
      keepAlive() {},
      cancel() {},
      // Not before what it has said by now is heard.
      terminate: () => nextTurn(() => gone(new Terminated()))
    }
  }
})
