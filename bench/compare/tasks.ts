/** What the pools are asked to do, and to get over. */
import { existsSync, writeFileSync } from "node:fs"

export type Crash = "exit 0" | "exit 1" | "uncaught" | "out of memory"

export interface Busy {
  readonly millis: number
  /** The file that shows how far it came. */
  readonly file: string
}

export class NegativeInput extends Error {
  override readonly name = "NegativeInput"
  readonly code = "E_NEGATIVE"
  readonly input: { readonly n: number }

  constructor(input: { readonly n: number }) {
    super("must not be negative", { cause: new RangeError("the reason") })
    this.input = input
  }
}

export const echo = (n: number): number => n

export const rest = async (millis: number): Promise<string> =>
  await new Promise((resolve) => setTimeout(resolve, millis, "rested"))

/** Answers when the file is there. */
export const stay = async (file: string): Promise<void> => {
  while (!existsSync(file)) await rest(20)
}

/** Never answers: its worker dies. */
export const crash = async (how: Crash): Promise<void> => {
  if (how === "exit 0") process.exit(0)
  if (how === "exit 1") process.exit(1)
  if (how === "uncaught") {
    setTimeout(() => {
      throw new Error("boom")
    })
  }
  const held: Array<unknown> = []
  while (how === "out of memory") held.push(Array.from({ length: 1_000_000 }).fill(how))
  await new Promise(() => {})
}

export const refuse = (n: number): number => {
  throw new NegativeInput({ n })
}

/** Computes, and writes down every 50 ms that it does. */
export const loop = ({ millis, file }: Busy, each = () => {}): void => {
  const start = Date.now()
  let beat = 0
  while (Date.now() - start < millis) {
    each()
    if (Date.now() - start < beat * 50) continue
    writeFileSync(file, String(beat++))
  }
}

export const tidyLoop = (busy: Busy): void => {
  try {
    loop(busy)
  } finally {
    writeFileSync(busy.file, "tidy")
  }
}

export const tidyWait = async ({ millis, file }: Busy): Promise<void> => {
  try {
    await rest(millis)
  } finally {
    writeFileSync(file, "tidy")
  }
}
