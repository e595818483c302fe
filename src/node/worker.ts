/**
 * What a worker of `NodeWorkerPool` runs, thread or process. It is started by the pool; a bundler has to be given it as an
 * entry, since no import leads here.
 *
 * @since 0.3.0
 */
import { openSync, readSync, rmSync } from "node:fs"
import { parentPort, workerData } from "node:worker_threads"
import { Command } from "../internal/pool/protocol.ts"
import type { Commands, Init } from "../internal/pool/protocol.ts"
import { Runner } from "../internal/pool/runner.ts"
import { flagVariable } from "./internal/pool/processFlag.ts"
import { beat } from "./internal/pulse.ts"
import type { Pulse } from "./internal/pulse.ts"

const start = (): void => {
  if (parentPort !== null) {
    const port = parentPort
    const { pulse } = workerData as { readonly pulse?: Pulse }
    if (pulse !== undefined) beat(pulse)
    const runner = new Runner({
      // Node is slower with a list, though it be empty.
      post: (reports, transfer) =>
        transfer.length === 0 ? port.postMessage(reports) : port.postMessage(reports, transfer as never),
      close: exit
    })
    process.on("exit", () => runner.flush())
    port.on("message", (commands: Commands) => runner.receive(commands))
    runner.receive([[Command.init, workerData as Init]])
  } else if (process.send !== undefined) {
    const send = process.send.bind(process)
    const runner = new Runner({
      post: (reports) => {
        send(reports)
      },
      close: exit,
      isCancelling: cancellations()
    })
    process.on("exit", () => runner.flush())
    process.on("message", (commands: Commands) => runner.receive(commands))
    // A terminal interrupts the pool's process as well, which lets this one release what it has.
    process.on("SIGINT", () => {})
    // Its pool is gone.
    process.on("disconnect", exit)
    process.on("uncaughtExceptionMonitor", (error) => {
      send({ crash: error })
    })
  }
}

const exit = (): void => {
  process.exit(0)
}

/** Reads which task the pool wants to end. A busy process hears no message, but it can look into a file. */
const cancellations = (): (id: number) => boolean => {
  const path = process.env[flagVariable]!
  const file = openSync(path, "r")
  rmSync(path)
  const cell = new Int32Array(1)
  let lookedAt = 0
  return (id) => {
    // A look costs about a microsecond, and nobody minds a millisecond.
    const now = performance.now()
    if (now - lookedAt > 1) {
      lookedAt = now
      readSync(file, cell, 0, 4, 0)
    }
    return cell[0] === id
  }
}

start()
