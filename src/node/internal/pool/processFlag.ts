/** How a process is told which task is to end: by a file that holds its number. */
import { closeSync, openSync, rmSync, writeSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"

/** The environment variable that tells a process where the file is. */
export const flagVariable = "EFFECT_THREADING_FLAG"

let flags = 0

export class ProcessFlag {
  readonly path: string
  private readonly file: number

  constructor() {
    this.path = join(tmpdir(), `effect-threading-${process.pid}-${++flags}-${Math.random().toString(36).slice(2)}`)
    // Made new, and for this user alone.
    this.file = openSync(this.path, "wx", 0o600)
    writeSync(this.file, new Int32Array(1), 0, 4, 0)
  }

  raise(id: number): void {
    writeSync(this.file, new Int32Array([id]), 0, 4, 0)
  }

  close(): void {
    closeSync(this.file)
    // The process has removed it when it opened it, if it came so far.
    rmSync(this.path, { force: true })
  }
}
