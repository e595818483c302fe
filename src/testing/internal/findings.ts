/** What can be wrong with a run, in words. */
import * as Cause from "effect/Cause"
import * as Exit from "effect/Exit"
import { DeadlockError } from "../../internal/deadlockError.ts"
import { enumerate } from "../../internal/region.ts"
import { CurrentThread } from "../../internal/threadRecord.ts"
import { NondeterminismError } from "./strategies.ts"
import type { AnyFiber, World } from "./world.ts"

export type Kind = "failure" | "deadlock" | "livelock" | "leak" | "unobserved"

export interface Finding {
  readonly kind: Kind
  readonly summary: string
  readonly cause: unknown
}

/** A thread or a future that ended in failure. */
export interface Failed {
  readonly kind: string
  readonly name: string
  readonly exit: Exit.Exit<unknown, unknown> | undefined
  readonly isObserved: boolean
}

/** An error or any other value that something failed with, without its stack. */
export const inWords = (error: unknown): string => {
  if (error instanceof DeadlockError) return error.message
  if (error instanceof Error) return `${(error as { _tag?: string })._tag ?? error.name}: ${error.message}`
  if (typeof error !== "object" || error === null) return String(error)
  const text = String(error)
  return text.startsWith("[object ") ? JSON.stringify(error) ?? text : text
}

const causeInWords = (cause: Cause.Cause<unknown>): string =>
  cause.reasons.length === 0
    ? "it failed without a reason"
    : cause.reasons.map((reason) =>
      Cause.isFailReason(reason)
        ? inWords(reason.error)
        : Cause.isDieReason(reason)
        ? inWords(reason.defect)
        : "it was interrupted"
    ).join("\n")

export const failed = (cause: Cause.Cause<unknown>): Finding => {
  const defects = cause.reasons.flatMap((reason) => Cause.isDieReason(reason) ? [reason.defect] : [])
  // No fault of the program's under this schedule, but of the exploration as a whole.
  for (const defect of defects) if (defect instanceof NondeterminismError) throw defect
  return {
    kind: defects.some((defect) => defect instanceof DeadlockError) ? "deadlock" : "failure",
    summary: causeInWords(cause),
    cause: Cause.squash(cause)
  }
}

/** Failures that nobody asked about; undefined if there are none. */
export const unobserved = (failures: ReadonlyArray<Failed>): Finding | undefined => {
  const causes = failures.flatMap(({ exit }) => exit !== undefined && Exit.isFailure(exit) ? [exit.cause] : [])
  if (causes.length === 0) return undefined
  return {
    kind: "unobserved",
    summary: failures.map(({ kind, name }, index) =>
      `${kind} ${name} failed and nobody asked for its result: ${causeInWords(causes[index]!)}`
    ).join("\n"),
    cause: Cause.squash(causes[0]!)
  }
}

export const leaked = (leaks: ReadonlyArray<string>): Finding | undefined =>
  leaks.length === 0 ? undefined : { kind: "leak", summary: leaks.join("\n"), cause: undefined }

export const livelock = (operations: number): Finding => ({
  kind: "livelock",
  summary: `no end after ${operations} operations: some fibers keep each other busy, or one runs in a loop`,
  cause: undefined
})

/** Nothing can go on. What failed before and was not asked about may be why. */
export const stuck = (world: World, before: Finding | undefined): Finding => {
  const waits = [...threadsThatWait(), ...fibersThatWait(world)]
  return {
    kind: "deadlock",
    summary: [
      "nothing can go on, and the program has not ended:",
      ...waits.map((wait) => `  ${wait}`),
      ...waits.some((wait) => wait.endsWith(asynchronous))
        ? ["A promise, a timer of the platform's and I/O cannot be explored: put an effect in their place."]
        : [],
      ...before === undefined ? [] : [before.summary]
    ].join("\n"),
    cause: before?.cause
  }
}

const asynchronous = "an asynchronous operation"

const threadsThatWait = (): ReadonlyArray<string> =>
  enumerate().flatMap((thread) => {
    const state = thread.state()
    if (state._tag !== "Blocked") return []
    const { holder, kind, name } = state.on
    const on = kind === "Async" ? asynchronous : `${kind} ${name}`
    return [`${thread.name} waits for ${on}${holder === undefined ? "" : `, held by ${holder}`}`]
  })

const fibersThatWait = (world: World): ReadonlyArray<string> => {
  const ofThreads = new Set<AnyFiber | undefined>(enumerate().map(({ fiber }) => fiber))
  return world.strands.flatMap(({ actor, fiber }) => {
    if (actor === 0 || fiber === undefined || ofThreads.has(fiber) || fiber.pollUnsafe() !== undefined) return []
    const thread = fiber.getRef(CurrentThread)
    const on = thread?.waits.find((waiter) => waiter.fiber === fiber)?.queue?.on
    const whose = thread === undefined ? "" : ` of ${thread.name}`
    return [`fiber #${fiber.id}${whose} waits for ${on === undefined ? asynchronous : `${on.kind} ${on.name}`}`]
  })
}
