/** What the platform says of its OS threads, as far as it can. Browsers tell nothing but what their workers are called. */

interface Files {
  readlinkSync(path: string): string
  existsSync(path: string): boolean
}

interface NodeWorker {
  readonly threadId: number
  once(event: "exit", f: () => void): void
}

interface Host {
  readonly getBuiltinModule?: (name: string) => unknown
  on?(event: "worker", f: (worker: NodeWorker) => void): void
}

const host = (globalThis as { readonly process?: Host }).process

const builtin = <A>(name: string): A | undefined => host?.getBuiltinModule?.(name) as A | undefined

const threads = builtin<{ readonly threadId: number; readonly isMainThread: boolean }>("node:worker_threads")
const files = builtin<Files>("node:fs")

/** What a browser's worker is called, so that it knows from the start which number its pool has given it. */
export const nameWith = (name: string, threadId: number): string => `${name} (OS thread ${threadId})`

const numberOf = (name: unknown): number | undefined => {
  const found = typeof name === "string" ? / \(OS thread (\d+)\)$/.exec(name) : null
  return found === null ? undefined : Number(found[1])
}

/** The number of this OS thread, which no other has had or will have in this process. */
export const threadId: number | undefined = threads?.threadId ??
  numberOf((globalThis as { readonly name?: unknown }).name)

/** Whether this OS thread may be blocked: the main one has an event loop that must go on. */
export const mayBlock: boolean = threads === undefined
  ? typeof (globalThis as { readonly document?: unknown }).document === "undefined"
  : !threads.isMainThread

/** The kernel's number of this OS thread; 0 where it is not to be had. */
export const kernelId = (): number => {
  try {
    return Number(/\/task\/(\d+)$/.exec(files?.readlinkSync("/proc/thread-self") ?? "")?.[1] ?? 0)
  } catch {
    return 0
  }
}

/** Whether an OS thread of this process with this number of the kernel's is there. */
export const isRunning = (kernelId: number): boolean => files?.existsSync(`/proc/self/task/${kernelId}`) ?? true

/** Hears of the end of all workers that this OS thread starts from now on. */
export const onWorkerEnd = (ended: (threadId: number) => void): void => {
  host?.on?.("worker", (worker) => {
    const { threadId } = worker
    worker.once("exit", () => ended(threadId))
  })
}
