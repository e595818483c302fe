/**
 * A worker as its pool sees it: which jobs it has been sent, how far ahead, what it has to be told. A job counts as running here
 * unless it waits for calls of its own; while all of them do, the worker is lent out to such calls.
 */
import { sinceStart } from "../coarseClock.ts"
import { Claims, slots } from "./claims.ts"
import { commonCodec } from "./codec.ts"
import type { Engine, WorkerHandle } from "./engine.ts"
import type { Job } from "./job.ts"
import { Command, Ending, Report, runStride, valueStride } from "./protocol.ts"
import type { Commands, Reports } from "./protocol.ts"
import { RelayedJob } from "./relayedJob.ts"
import { uncloneable } from "./taskError.ts"
import type { Fault } from "./taskError.ts"
import { relayedTask } from "./taskModule.ts"
import type { RemoteTask } from "./taskModule.ts"

/** What a worker tells its pool. */
export interface Owner {
  submit(job: Job): void
  cancel(job: Job): void
  pull(job: Job, chunks: number): void
  /** It has something to be told. */
  toBeFlushed(worker: PoolWorker): void
  /** Its services are there; or they could not be built, encoded as it came. */
  ready(worker: PoolWorker): void
  failed(worker: PoolWorker, cause: unknown): void
  /** A job has run for so many milliseconds, and is about to be answered. */
  ended(job: Job, ms: number): void
  /** A job waits for calls of its own, the first of which was made just now. */
  lends(worker: PoolWorker): void
  /** It has said all it had to say for now. */
  heard(worker: PoolWorker): void
  gone(worker: PoolWorker, was: PoolWorker["state"], reason: Fault): void
}

/** How long, in milliseconds, a worker should be busy with what was sent ahead: several times what a message takes. */
const ahead = 2

export class PoolWorker {
  readonly name: string
  readonly claims: Claims | undefined
  readonly handle: WorkerHandle
  state: "starting" | "ready" | "closing" | "gone" = "starting"
  since = sinceStart()
  /** What it was sent and has not answered, oldest first. */
  readonly jobs = new Map<number, Job>()
  /** How many of those don't wait for calls of their own. */
  private running = 0
  /** How many jobs it has been sent in its life. */
  sent = 0
  /** How many it has answered. */
  done = 0
  /** For how many jobs at once its queue is: more for short ones, to hide what a message takes. */
  private depth = 1
  /** The job for whose sake it was terminated. */
  culprit: Job | undefined = undefined
  /** Why its services could not be built. */
  failure: unknown
  private readonly owner: Owner
  private isDirty = false
  private outbox: Array<Commands[number]> = []
  private transfer: Array<object> = []
  private readonly freeSlots: Array<number> = []
  private slotsUsed = 0
  private readonly told = new Set<RemoteTask>()
  /** What its tasks call, as it numbers that, and their calls. */
  private readonly tasks = new Map<number, RemoteTask>()
  private readonly calls = new Map<number, RelayedJob>()

  constructor(owner: Owner, engine: Engine, name: string, services: string | undefined) {
    this.owner = owner
    this.name = name
    // Where memory cannot be shared, what was sent cannot be taken back, so nothing is sent ahead.
    this.claims = engine.sharesMemory ? new Claims() : undefined
    this.handle = engine.spawn(name, { worker: name, services, claims: this.claims?.memory }, {
      reports: (reports) => this.hear(reports),
      gone: (reason) => this.end(reason)
    })
  }

  get isIdle(): boolean {
    return this.state === "ready" && this.jobs.size === 0
  }

  /** Whether it may be sent a job behind those that it has. */
  get hasRoom(): boolean {
    return this.state === "ready" && this.claims !== undefined && this.jobs.size < this.depth
      && this.running === this.jobs.size
  }

  /** How many of its jobs wait for the one that it runs. */
  get behind(): number {
    return Math.max(0, this.running - 1)
  }

  /** Whether all its jobs wait for calls of their own. */
  get isLent(): boolean {
    return this.state === "ready" && this.running === 0 && this.jobs.size > 0
  }

  send(job: Job): void {
    const { task } = job
    const { isLent } = this
    if (this.jobs.size === 0) {
      this.since = sinceStart()
      this.handle.keepAlive(true)
    }
    if (!this.told.has(task)) {
      this.told.add(task)
      this.tell([Command.task, task.info])
    }
    job.phase = "sent"
    job.sentAt = sinceStart()
    job.worker = this
    job.slot = this.freeSlots.pop() ?? this.slotsUsed++
    this.claims?.offer(job.slot, job.id)
    this.jobs.set(job.id, job)
    this.running++
    this.sent++
    const command = isLent ? Command.runBeside : Command.run
    const last = this.outbox.at(-1)
    if (last?.[0] === command) last.push(job.id, job.slot, task.id, job.args, job.header)
    else this.tell([command, job.id, job.slot, task.id, job.args, job.header])
    if (job.transfer !== undefined) this.transfer.push(...job.transfer)
  }

  /** Takes back a job that has not begun: false if it has. */
  take(job: Job): boolean {
    if (this.claims?.take(job.slot, job.id) !== true) return false
    this.release(job)
    return true
  }

  /** Takes back the later ones of what has not begun, but nothing that moved there. */
  takeBack(from: number): ReadonlyArray<Job> {
    return Array.from(this.jobs.values()).slice(from)
      .filter((job) => job.transfer === undefined && this.take(job))
  }

  tell(command: Commands[number]): void {
    this.outbox.push(command)
    if (this.isDirty) return
    this.isDirty = true
    this.owner.toBeFlushed(this)
  }

  /** Lets it release its services and end by itself. */
  close(): void {
    this.state = "closing"
    this.handle.keepAlive(true)
    this.tell([Command.close])
  }

  flush(): void {
    this.isDirty = false
    const { outbox, transfer } = this
    if (this.state === "gone" || outbox.length === 0) return
    this.outbox = []
    if (transfer.length > 0) this.transfer = []
    try {
      this.handle.post(outbox, transfer)
    } catch {
      for (const command of outbox) this.post(command)
    }
  }

  /** Posts what is left of a message that could not be posted whole: all but the calls whose arguments cannot cross. */
  private post(command: Commands[number]): void {
    if (command[0] !== Command.run && command[0] !== Command.runBeside) return this.handle.post([command], [])
    for (let i = 1; i < command.length; i += runStride) {
      const job = this.jobs.get(command[i] as number)
      if (job === undefined) continue
      try {
        this.handle.post([[command[0], ...command.slice(i, i + runStride)]], job.transfer ?? [])
      } catch (error) {
        this.release(job)
        job.end(Ending.refuse, uncloneable("args", error))
        this.owner.heard(this)
      }
    }
  }

  private release(job: Job): void {
    this.jobs.delete(job.id)
    this.freeSlots.push(job.slot)
    if (job.calls === undefined || job.calls.size === 0) this.running--
    if (this.jobs.size > 0) return
    this.since = sinceStart()
    if (this.state !== "gone") this.handle.keepAlive(false)
  }

  private hear(reports: Reports): void {
    let ended = 0
    let total = 0
    for (const report of reports) {
      switch (report[0]) {
        case Report.values:
          for (let i = 1; i < report.length; i += valueStride) {
            const ms = report[i + 2] as number
            ended++
            total += ms
            this.ended(report[i] as number, Ending.succeed, report[i + 1], ms)
          }
          break
        case Report.end: {
          const [, id, how, what, ms] = report
          ended++
          total += ms
          this.ended(id, how, how === Ending.refuse ? commonCodec.decode(what) : what, ms)
          break
        }
        case Report.chunk:
          this.jobs.get(report[1])?.chunk(report[2])
          break
        case Report.note:
          this.jobs.get(report[1])?.note(report[2])
          break
        case Report.waits:
          this.jobs.get(report[1])?.waits(report[2], report[3])
          break
        case Report.task:
          this.tasks.set(report[1].id, relayedTask(report[1]))
          break
        case Report.call:
          this.call(report)
          break
        case Report.interrupt:
          this.withCall(report[1], (call) => this.owner.cancel(call))
          break
        case Report.pull:
          this.withCall(report[1], (call) => this.owner.pull(call, report[2]))
          break
        case Report.ready:
          this.state = "ready"
          this.since = sinceStart()
          this.owner.ready(this)
          break
        case Report.failed:
          this.owner.failed(this, report[1])
          break
      }
    }
    if (ended > 0) this.adapt(total / ended)
    this.owner.heard(this)
  }

  /** Answers the jobs whose values are kept in shared memory, and have not been posted yet. */
  collect(): void {
    for (const { id, slot } of Array.from(this.jobs.values())) {
      const kept = this.claims?.valueOf(slot, id)
      if (kept !== undefined) this.ended(id, Ending.succeed, kept[0], 0)
    }
  }

  private ended(id: number, how: Ending, what: unknown, ms: number): void {
    const job = this.jobs.get(id)
    if (job === undefined) return
    this.release(job)
    this.done++
    for (const call of job.calls ?? []) this.owner.cancel(call)
    this.owner.ended(job, ms)
    job.end(how, what)
  }

  /** More ahead while jobs are short; one ahead as soon as they are not. */
  private adapt(ms: number): void {
    const fit = Math.min(slots, Math.floor(ahead / Math.max(ms, 0.001)))
    this.depth = Math.max(2, Math.min(fit, this.depth * 2))
  }

  private call(report: Extract<Reports[number], readonly [typeof Report.call, ...ReadonlyArray<unknown>]>): void {
    const [, id, by, task, args, header] = report
    const caller = this.jobs.get(by)
    const job: RelayedJob = new RelayedJob(this.tasks.get(task)!, args, header, {
      id,
      caller,
      tell: (command) => this.tell(command),
      ended: () => this.returned(job)
    })
    this.calls.set(id, job)
    if (caller !== undefined) {
      caller.calls ??= new Set()
      caller.calls.add(job)
      if (caller.calls.size === 1) {
        this.running--
        this.owner.lends(this)
      }
    }
    this.owner.submit(job)
    // Its task has ended meanwhile, so nobody waits for it.
    if (caller === undefined) this.owner.cancel(job)
  }

  private returned(job: RelayedJob): void {
    this.calls.delete(job.relay.id)
    const { caller } = job
    if (caller?.calls?.delete(job) === true && caller.calls.size === 0 && this.jobs.has(caller.id)) this.running++
  }

  private withCall(id: number, f: (job: Job) => void): void {
    const call = this.calls.get(id)
    if (call !== undefined) f(call)
  }

  private end(reason: Fault): void {
    const was = this.state
    this.state = "gone"
    for (const call of this.calls.values()) this.owner.cancel(call)
    this.owner.gone(this, was, reason)
  }
}
