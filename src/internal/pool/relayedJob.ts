/** A call that a task has made. How it fares is passed on to the task's worker, values and all as they came. */
import { commonCodec } from "./codec.ts"
import type { Carried } from "./codec.ts"
import type { Header } from "./context.ts"
import { Job } from "./job.ts"
import { Command, Ending } from "./protocol.ts"
import type { Commands } from "./protocol.ts"
import type { RemoteTask } from "./taskModule.ts"
import type { Telemetry } from "./telemetry.ts"

interface Relay {
  /** What the worker calls it. */
  readonly id: number
  readonly caller: Job | undefined
  tell(command: Commands[number]): void
  ended(): void
}

export class RelayedJob extends Job {
  readonly relay: Relay

  constructor(task: RemoteTask, args: Carried, header: Header | undefined, relay: Relay) {
    super(task, args, header, undefined)
    this.relay = relay
    this.caller = relay.caller
  }

  protected answer(how: Ending, what: unknown): void {
    this.relay.tell([
      Command.end,
      this.relay.id,
      how,
      how === Ending.refuse ? commonCodec.encode(what, "reason") : what
    ])
    this.relay.ended()
  }

  chunk(values: Carried): void {
    this.relay.tell([Command.chunk, this.relay.id, values])
  }

  /** Logs, spans and metrics are those of who called first. */
  note(telemetry: Telemetry): void {
    this.caller?.note(telemetry)
  }

  get callerName(): string | undefined {
    return this.caller?.task.label
  }
}
