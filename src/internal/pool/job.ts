/**
 * One call of a task, from when it is made until its caller is answered, once. It goes to whatever pool the caller has: one of
 * this OS thread, or, inside a task, that of the OS thread which this one works for. What being answered means is for the kinds of
 * callers to say.
 */
import { sinceStart } from "../coarseClock.ts"
import type { JobQueue } from "../jobQueue.ts"
import type { Carried } from "./codec.ts"
import type { Header } from "./context.ts"
import { Ending } from "./protocol.ts"
import { Terminated } from "./taskError.ts"
import type { Reason } from "./taskError.ts"
import type { RemoteTask } from "./taskModule.ts"
import type { Telemetry } from "./telemetry.ts"

/** Where calls are taken to. */
export interface JobPool {
  /** Why it takes no call now, if it does not. */
  readonly refusal: Reason | undefined
  /** Where calls wait for room, if they have to. */
  readonly queue: JobQueue<Job> | undefined
  /** Takes a call that there is room for. */
  submit(job: Job): void
  /** Asks for the end of a call; it is answered all the same, once it really has ended. */
  cancel(job: Job): void
  /** Lets a stream go on by so many chunks. */
  pull(job: Job, chunks: number): void
  /** Whether its workers see this OS thread's memory. */
  readonly sharesMemory: boolean
}

export abstract class Job {
  readonly task: RemoteTask
  readonly args: Carried
  readonly header: Header | undefined
  /** What moves to the worker, and so can be sent but once. */
  readonly transfer: ReadonlyArray<object> | undefined
  /** Its number in the pool that has taken it. */
  id = 0
  phase: "new" | "queued" | "sent" | "done" = "new"
  isCancelled = false
  /** The pool ended it, not its caller. */
  isForsaken = false
  /** When it was queued, and when it was sent, in milliseconds since this module was loaded. */
  queuedAt = 0
  sentAt = 0
  /** Where its claim word is. */
  slot = -1
  /** The call whose task has made this one, and those that its own task has made and that have not ended. */
  caller: Job | undefined = undefined
  calls: Set<Job> | undefined = undefined
  /** The worker that has it. */
  worker: { readonly name: string } | undefined = undefined

  constructor(
    task: RemoteTask,
    args: Carried,
    header: Header | undefined,
    transfer: ReadonlyArray<object> | undefined
  ) {
    this.task = task
    this.args = args
    this.header = header
    this.transfer = transfer
  }

  /** Its caller is to be answered: `what` goes with the ending. */
  protected abstract answer(how: Ending, what: unknown): void
  /** Elements of a stream. */
  abstract chunk(values: Carried): void
  /** Something to be logged, traced or counted. */
  abstract note(telemetry: Telemetry): void
  /** Its task has been waiting for a lock in shared memory, and still did at this time. */
  waits(_lock: object, _time: number): void {}
  /** Who called, for a dump. */
  abstract get callerName(): string | undefined

  get isPending(): boolean {
    return this.phase === "queued"
  }

  queued(id: number): void {
    this.id = id
    this.phase = "queued"
    this.queuedAt = sinceStart()
  }

  end(how: Ending, what: unknown): void {
    if (this.phase === "done") return
    this.phase = "done"
    if (this.isForsaken && how !== Ending.succeed) this.answer(Ending.refuse, new Terminated())
    else this.answer(how, what)
  }
}
