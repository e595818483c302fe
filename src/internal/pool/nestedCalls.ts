/** The pool as a task sees it: calls go to the pool that runs the task, by way of the OS thread that made it. */
import { commonCodec } from "./codec.ts"
import type { Carried } from "./codec.ts"
import type { Job, JobPool } from "./job.ts"
import { Ending, Report } from "./protocol.ts"
import type { Reports } from "./protocol.ts"
import type { Run } from "./run.ts"
import type { RemoteTask } from "./taskModule.ts"

/** All calls that the tasks of this worker have made. */
export class NestedCalls {
  private readonly tell: (report: Reports[number], transfer?: ReadonlyArray<object>) => void
  private readonly open = new Map<number, Job>()
  private readonly told = new Set<RemoteTask>()
  private made = 0

  constructor(tell: (report: Reports[number], transfer?: ReadonlyArray<object>) => void) {
    this.tell = tell
  }

  /** The pool for one task. */
  poolOf(run: Run, sharesMemory: boolean): JobPool {
    return {
      sharesMemory,
      refusal: undefined,
      queue: undefined,
      submit: (job) => this.submit(run, job),
      cancel: (job) => this.cancel(job),
      pull: (job, chunks) => this.tell([Report.pull, job.id, chunks])
    }
  }

  private submit(run: Run, job: Job): void {
    const { task } = job
    if (!this.told.has(task)) {
      this.told.add(task)
      this.tell([Report.task, task.info])
    }
    job.queued(++this.made)
    this.open.set(job.id, job)
    this.tell([Report.call, job.id, run.id, task.id, job.args, job.header], job.transfer)
  }

  private cancel(job: Job): void {
    if (job.phase === "done" || job.isCancelled) return
    job.isCancelled = true
    this.tell([Report.interrupt, job.id])
  }

  ended(id: number, how: Ending, what: Carried): void {
    const job = this.open.get(id)
    this.open.delete(id)
    job?.end(how, how === Ending.refuse ? commonCodec.decode(what) : what)
  }

  chunk(id: number, values: Carried): void {
    this.open.get(id)?.chunk(values)
  }
}
