/**
 * The worker's side: what the pool sends is put in line, claimed, run, one task after the other, and answered. Answers are
 * gathered while tasks are short, so that a message carries many; an answer never waits for a task that might be long.
 */
import * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Scope from "effect/Scope"
import { exactNow } from "../coarseClock.ts"
import { now } from "../time.ts"
import { Claims } from "./claims.ts"
import { commonCodec } from "./codec.ts"
import type { Carried } from "./codec.ts"
import { TaskContexts } from "./context.ts"
import type { Header } from "./context.ts"
import { importModule } from "./importModule.ts"
import type { JobPool } from "./job.ts"
import { LoadedModule, LoadedTask } from "./loadedModule.ts"
import { NestedCalls } from "./nestedCalls.ts"
import { Command, Ending, Report, runStride, valueStride } from "./protocol.ts"
import type { Commands, Init, Reports, TaskInfo } from "./protocol.ts"
import { Run } from "./run.ts"
import type { Host } from "./run.ts"
import { SpawnFailed, uncloneable } from "./taskError.ts"
import type { Reason, Unserializable } from "./taskError.ts"
import { transferOf } from "./transfer.ts"

/** The way to the pool. */
export interface Port {
  post(reports: Reports, transfer: ReadonlyArray<object>): void
  /** Whether the pool wants this task to end, where there is no shared memory to see it in. */
  isCancelling?(id: number): boolean
  /** Everything is released. */
  close(): void
}

/** Tasks that took longer than this, in milliseconds, don't make the answers of others wait. */
const short = 0.2

export class Runner implements Host {
  private readonly port: Port
  private readonly scope = Scope.makeUnsafe()
  private claims: Claims | undefined
  private contexts = new TaskContexts(Context.empty())
  private readonly modules = new Map<number, LoadedModule>()
  private readonly tasks = new Map<number, LoadedTask>()
  /** The calls in line, laid out as in their commands, from `next` on. */
  private readonly inbox: Array<unknown> = []
  private next = 0
  private readonly runs = new Map<number, Run>()
  /** The run that the next one waits for. */
  private current: Run | undefined
  private startedAt = 0
  private outbox: Array<Reports[number]> = []
  /** What moves with each report. */
  private readonly transfers = new Map<Reports[number], ReadonlyArray<object>>()
  private sharesMemory = true
  private isFlushing = false
  /** Whether the answers that are gathered lie in shared memory too, so that they can wait. */
  private isKept = true
  private isPumping = false
  private readonly calls = new NestedCalls((report, transfer) => this.tell(report, transfer))

  constructor(port: Port) {
    this.port = port
  }

  /** Begins nothing any more, interrupts what runs, and releases the services. */
  close(): void {
    this.inbox.length = 0
    this.next = 0
    for (const run of this.runs.values()) run.interrupt()
    Effect.runFork(Scope.close(this.scope, Exit.void)).addObserver(() => this.port.close())
  }

  receive(commands: Commands): void {
    for (const command of commands) {
      switch (command[0]) {
        case Command.run:
          for (let i = 1; i < command.length; i++) this.inbox.push(command[i])
          break
        case Command.runBeside:
          for (let i = 1; i < command.length; i += runStride) this.begin(command, i, true)
          break
        case Command.interrupt:
          this.runs.get(command[1])?.interrupt()
          break
        case Command.pull:
          this.runs.get(command[1])?.pull(command[2])
          break
        case Command.end:
          this.calls.ended(command[1], command[2], command[3])
          break
        case Command.chunk:
          this.calls.chunk(command[1], command[2])
          break
        case Command.task:
          this.learn(command[1])
          break
        case Command.close:
          this.close()
          break
        case Command.init:
          this.init(command[1])
          break
      }
    }
    this.pump()
  }

  private init({ claims, services }: Init): void {
    this.sharesMemory = claims !== undefined
    if (claims !== undefined) this.claims = new Claims(claims)
    if (services === undefined) return this.tell([Report.ready])
    Effect.runFork(Effect.flatMap(importServices(services), (layer) => Layer.buildWithScope(layer, this.scope)))
      .addObserver((exit) => {
        if (Exit.isFailure(exit)) {
          return this.tell([Report.failed, commonCodec.encode(Cause.squash(exit.cause), "cause")])
        }
        this.contexts = new TaskContexts(exit.value)
        this.tell([Report.ready])
      })
  }

  private learn(info: TaskInfo): void {
    const module = this.modules.get(info.module.id) ?? new LoadedModule(info.module)
    this.modules.set(info.module.id, module)
    this.tasks.set(info.id, new LoadedTask(module, info))
  }

  /** Runs what is in line until something has to be waited for. */
  private pump(): void {
    if (this.isPumping) return
    this.isPumping = true
    while (this.current === undefined && this.next < this.inbox.length) {
      const at = this.next
      this.next += runStride
      this.begin(this.inbox, at, false)
    }
    if (this.next === this.inbox.length && this.next > 0) {
      this.inbox.length = 0
      this.next = 0
    }
    this.isPumping = false
    this.flush()
  }

  /** Begins the call that is laid out there. One that is beside the line does not hold it up. */
  private begin(calls: ReadonlyArray<unknown>, at: number, isBeside: boolean): void {
    const id = calls[at] as number
    const slot = calls[at + 1] as number
    // Taken back.
    if (this.claims?.start(slot, id) === false) return
    const task = this.tasks.get(calls[at + 2] as number)!
    const args = calls[at + 3]
    if (!this.isKept || task.mayTake > short) this.flush()
    const run = new Run(this, id, slot, task, calls[at + 4] as Header | undefined)
    this.runs.set(id, run)
    if (!isBeside) this.current = run
    if (task.module.exports !== undefined) return this.start(run, args)
    void task.module.load().then(
      () => this.start(run, args),
      (cause) => this.refuse(run, new SpawnFailed({ cause }))
    )
  }

  private start(run: Run, args: Carried): void {
    let values: ReadonlyArray<unknown>
    try {
      values = run.task.module.codec.decode(args) as ReadonlyArray<unknown>
    } catch (defect) {
      return this.fail(run, Cause.die(defect))
    }
    run.start(values)
  }

  isCancelling({ id, slot }: Run): boolean {
    return this.claims === undefined ? this.port.isCancelling?.(id) === true : this.claims.isCancelling(slot, id)
  }

  contextOf(run: Run): Context.Context<never> {
    return this.contexts.of(
      run.header,
      run.task.module.codec,
      (telemetry) => this.tell([Report.note, run.id, telemetry])
    )
  }

  poolOf(run: Run): JobPool {
    return this.calls.poolOf(run, this.sharesMemory)
  }

  chunk(run: Run, values: ReadonlyArray<unknown>): void {
    try {
      const carried = run.task.module.codec.encode(values, "chunk", !this.sharesMemory)
      this.tell([Report.chunk, run.id, carried], transferOf(values))
    } catch (error) {
      this.refuse(run, error as Unserializable)
      run.interrupt()
    }
  }

  waits(run: Run, lock: object): void {
    this.tell([Report.waits, run.id, lock, exactNow()])
    // It may be about to sleep on.
    this.flush()
  }

  succeed(run: Run, value: unknown): void {
    let carried: Carried
    try {
      carried = run.task.module.codec.encode(value, "result", !this.sharesMemory)
    } catch (error) {
      return this.refuse(run, error as Unserializable)
    }
    this.end(run, Ending.succeed, carried, transferOf([value]))
  }

  fail(run: Run, cause: Cause.Cause<unknown>): void {
    let carried: Carried
    try {
      carried = run.task.module.codec.encode(cause, "cause", !this.sharesMemory)
    } catch (error) {
      return this.refuse(run, error as Unserializable)
    }
    this.end(run, Ending.fail, carried)
  }

  private refuse(run: Run, reason: Reason): void {
    this.end(run, Ending.refuse, commonCodec.encode(reason, "reason"))
  }

  private end(run: Run, how: Ending, what: Carried, transfer?: ReadonlyArray<object>): void {
    const ms = now() - run.startedAt
    run.task.took(ms)
    if (!this.runs.delete(run.id)) return
    const isKept = how === Ending.succeed && run.isPlain && this.claims?.finish(run.slot, run.id, what) === true
    this.isKept &&= isKept
    const last = this.outbox.at(-1)
    if (how !== Ending.succeed) this.tell([Report.end, run.id, how, what, ms])
    else if (transfer === undefined && last?.[0] === Report.values && !this.transfers.has(last)) {
      last.push(run.id, what, ms)
    } else this.tell([Report.values, run.id, what, ms], transfer)
    if (this.current !== run) return
    this.current = undefined
    this.pump()
  }

  private tell(report: Reports[number], transfer?: ReadonlyArray<object>): void {
    this.outbox.push(report)
    if (transfer !== undefined) this.transfers.set(report, transfer)
    if (this.isPumping || this.isFlushing) return
    this.isFlushing = true
    void settled.then(() => this.flush())
  }

  /** Posts what is gathered: to be called as well when the worker is about to end. */
  flush(): void {
    this.isFlushing = false
    this.isKept = true
    if (this.outbox.length === 0) return
    const { outbox } = this
    this.outbox = []
    this.contexts.posted()
    try {
      this.port.post(outbox, this.transfers.size === 0 ? [] : Array.from(this.transfers.values()).flat())
    } catch {
      for (const report of outbox) this.post(report)
    }
    this.transfers.clear()
  }

  /** Posts what is left of a message that could not be posted whole. */
  private post(report: Reports[number]): void {
    if (report[0] === Report.values) {
      for (let i = 1; i < report.length; i += valueStride) {
        this.postOne([Report.values, ...report.slice(i, i + valueStride)], report, report[i] as number, "result")
      }
    } else if (report[0] === Report.chunk) this.postOne(report, report, report[1], "chunk")
    else this.postOne(report, report, report[1] as number, "cause")
  }

  private postOne(part: Reports[number], of: Reports[number], id: number, path: string): void {
    try {
      this.port.post([part], this.transfers.get(of) ?? [])
    } catch (error) {
      // What is only told of is left out.
      if (part[0] === Report.note) return
      const reason = commonCodec.encode(uncloneable(path, error), "reason")
      this.port.post([[Report.end, id, Ending.refuse, reason, 0]], [])
      const run = this.runs.get(id)
      this.runs.delete(id)
      run?.interrupt()
    }
  }
}

const settled = Promise.resolve()

const importServices = (url: string): Effect.Effect<Layer.Layer<never, unknown>, unknown> =>
  Effect.flatMap(
    Effect.tryPromise({ try: () => importModule(url), catch: (cause) => cause }),
    ({ default: layer }) =>
      Layer.isLayer(layer)
        ? Effect.succeed(layer as unknown as Layer.Layer<never, unknown>)
        : Effect.fail(new TypeError(`The default export of ${url} is no Layer.`))
  )
