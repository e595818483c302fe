/**
 * Workers in this very OS thread, for tests and for places that have no others. What crosses is copied all the same, so that it
 * is no different with real ones; but a task that does not yield holds up everything, and one that exits takes all along.
 */
import { isThere } from "../shared/memory.ts"
import { nextTurn } from "../time.ts"
import type { Engine } from "./engine.ts"
import { Command } from "./protocol.ts"
import { Runner } from "./runner.ts"
import { Terminated } from "./taskError.ts"

const host = globalThis as unknown as {
  structuredClone<A>(value: A, options: { readonly transfer: ReadonlyArray<object> }): A
  readonly navigator?: { readonly hardwareConcurrency?: number }
}

export const inlineEngine: Engine = {
  kind: "inline",
  sharesMemory: isThere,
  parallelism: host.navigator?.hardwareConcurrency ?? 1,
  spawn(_name, init, events) {
    let isGone = false
    const deliver = <A>(message: A, transfer: ReadonlyArray<object>, to: (message: A) => void): void => {
      const copy = host.structuredClone(message, { transfer })
      nextTurn(() => isGone ? undefined : to(copy))
    }
    const runner = new Runner({
      post: (reports, transfer) => deliver(reports, transfer, (copy) => events.reports(copy)),
      close: () => {
        if (isGone) return
        isGone = true
        events.gone(new Terminated())
      }
    })
    nextTurn(() => runner.receive([[Command.init, init]]))
    return {
      id: undefined,
      post: (commands, transfer) => deliver(commands, transfer, (copy) => runner.receive(copy)),
      keepAlive() {},
      cancel() {},
      terminate: () => runner.close()
    }
  }
}
