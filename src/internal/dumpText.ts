/**
 * The dump as text for a terminal: a block a thread, in columns, then what belongs to no thread, locks, executors and pools.
 */
import type {
  Dump,
  DumpedExecutor,
  DumpedFiber,
  DumpedHold,
  DumpedLock,
  DumpedPool,
  DumpedTask,
  DumpedThread,
  DumpedWait
} from "./dumpModel.ts"

const columns = (rows: ReadonlyArray<ReadonlyArray<string>>): ReadonlyArray<string> => {
  const widths: Array<number> = []
  for (const row of rows) {
    // One very long name shall not push everybody else off the screen.
    row.forEach((cell, index) => widths[index] = Math.max(widths[index] ?? 0, Math.min(cell.length, 40)))
  }
  return rows.map((row) => row.map((cell, index) => cell.padEnd(widths[index]!)).join("  ").trimEnd())
}

const counted = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? "" : "s"}`

/** As a person would say it: `12 ms`, `3.2 s`, `4 min 12 s`, `3 h 12 min`, `5 d 3 h`. */
const age = (ms: number): string => {
  const seconds = Math.max(0, ms) / 1000
  const whole = (value: number) => Math.floor(value)
  if (seconds < 1) return `${Math.round(seconds * 1000)} ms`
  if (seconds < 60) return `${seconds.toFixed(1)} s`
  if (seconds < 3600) return `${whole(seconds / 60)} min ${whole(seconds % 60)} s`
  if (seconds < 172800) return `${whole(seconds / 3600)} h ${whole(seconds / 60) % 60} min`
  return `${whole(seconds / 86400)} d ${whole(seconds / 3600) % 24} h`
}

/** How a primitive is called that may have been given a name which does not tell what it is. */
const called = (kind: string, name: string): string => name.startsWith(kind) ? name : `${kind} ${name}`

/** One line for a lock that is held several times. */
const folded = (holds: ReadonlyArray<DumpedHold>) => {
  const locks = new Map<string, { name: string; since: number; depth: number; at: string | undefined }>()
  for (const { at, kind, name, since } of holds) {
    const known = locks.get(`${kind} ${name}`)
    if (known === undefined) locks.set(`${kind} ${name}`, { name: called(kind, name), since, depth: 1, at })
    else known.depth++
  }
  return Array.from(locks.values())
}

export const render = (dump: Dump): string => {
  const since = (time: number | undefined): string => time === undefined ? "" : age(dump.at - time)
  const forHow = (time: number | undefined): string => time === undefined ? "" : ` for ${since(time)}`
  const states = (["Blocked", "Runnable", "Running", "Idle"] as const).flatMap((state) => {
    const count = dump.threads.filter((thread) => thread.state === state).length
    return count === 0 ? [] : [`${count} ${state.toLowerCase()}`]
  })
  const heading = `Thread dump, ${new Date(dump.at).toISOString()}: ${counted(dump.threads.length, "thread")}`
  const lockSince = new Map(dump.locks.map(({ kind, name, since }) => [`${kind} ${name}`, since]))

  const on = ({ heldBy, kind, name }: DumpedWait): string => {
    if (kind === "Async") return "something asynchronous: a sleep, I/O, another fiber"
    const what = kind === "Thread" ? `the end of ${name}` : called(kind, name)
    return heldBy === undefined
      ? what
      : kind === "Future" || kind === "Task"
      ? `${what}, which ${heldBy} works on`
      : `${what}, held by ${heldBy}${forHow(lockSince.get(`${kind} ${name}`))}`
  }

  const place = (at: string | undefined, span: string | undefined): string =>
    [
      at === undefined ? "" : `at ${at}`,
      span === undefined || at?.startsWith(span) === true ? "" : `in span ${span}`
    ].filter((part) => part !== "").join(", ")

  const details = (thread: DumpedThread): ReadonlyArray<string> => {
    const where = place(thread.at, thread.span)
    const holds = columns(
      folded(thread.holds).map(({ at, depth, name, since: time }) => [
        "holds",
        name,
        since(time),
        depth === 1 ? "" : `${depth} deep`,
        at === undefined ? "" : `at ${at}`
      ])
    )
    const helpers = columns(thread.helperWaits.map(({ at, fiber, span, waitsFor }) => [
      `fiber #${fiber}`,
      "waits",
      since(waitsFor.since),
      on(waitsFor),
      place(at, span)
    ]))
    return [...where === "" ? [] : [where], ...holds, ...helpers].map((line) => `      ${line}`)
  }

  const threads = ([group, members]: [string, ReadonlyArray<DumpedThread>]): ReadonlyArray<string> => {
    const heads = columns(members.map((thread) => [
      `"${thread.name}" #${thread.ident}`,
      thread.daemon ? "daemon" : "",
      thread.state,
      since(thread.since),
      thread.waitsFor === undefined ? "" : `on ${on(thread.waitsFor)}`
    ]))
    return [group, ...members.flatMap((thread, index) => [`  ${heads[index]}`, ...details(thread)])]
  }

  const waiting = (names: ReadonlyArray<string>): string => {
    if (names.length === 0) return ""
    const more = names.length > 8 ? ` and ${names.length - 8} more` : ""
    return `${names.length} waiting: ${names.slice(0, 8).join(", ")}${more}`
  }

  const lock = ({ depth, holder, kind, name, since: time, waiting: names }: DumpedLock): ReadonlyArray<string> => [
    called(kind, name),
    holder === undefined
      ? ""
      : kind === "Future"
      ? `${holder} works on it`
      : `held by ${holder}${forHow(time)}${depth === undefined ? "" : `, ${depth} deep`}`,
    waiting(names)
  ]

  const executor = (each: DumpedExecutor): ReadonlyArray<string> => {
    const state = each.isBroken ? ", broken" : each.isShutdown ? ", shut down" : ""
    const head = `${each.name}  ${each.running} running, at most ${each.maxWorkers}; ${each.queued} queued${state}`
    const workers = columns(each.workers.map(({ ident, name, since: time, state }) => [
      `  "${name}" #${ident}`,
      state,
      since(time)
    ]))
    return [head, ...workers]
  }

  const task = ({ caller, name, since: time, state }: DumpedTask): ReadonlyArray<string> => [
    `      ${state === "running" ? "runs" : state}`,
    name,
    since(time),
    caller === undefined ? "" : `for ${caller}`
  ]

  const pool = ({ capacity, engine, name, queued, size, workers }: DumpedPool): ReadonlyArray<string> => {
    const busy = workers.filter(({ state }) => state === "busy").length
    const kind = engine === "processes" ? "process" : "thread"
    const most = engine === "inline" ? "in this thread" : `at most ${size} ${engine}`
    const head = `${name}  ${busy} busy, ${most}; ${queued} queued${capacity === undefined ? "" : ` of ${capacity}`}`
    const heads = columns(workers.map(({ id, name, since: time, state, tasksDone }) => [
      `  "${name}"`,
      id === undefined || engine === "inline" ? "" : `${kind} ${id}`,
      state,
      since(time),
      `${tasksDone} done`
    ]))
    return [
      head,
      ...workers.flatMap(({ stack, tasks }, index) => [
        heads[index]!,
        ...columns(tasks.map(task)),
        ...stack === undefined ? [] : stack.split("\n").map((line) => `    ${line}`)
      ])
    ]
  }

  const fiber = ({ at, fiber, span, waitsFor }: DumpedFiber): ReadonlyArray<string> => [
    `fiber #${fiber}`,
    "Blocked",
    since(waitsFor.since),
    `on ${on(waitsFor)}`,
    place(at, span)
  ]

  const section = (title: string, lines: ReadonlyArray<string>): ReadonlyArray<string> =>
    lines.length === 0 ? [] : ["", title, ...lines.map((line) => `  ${line}`)]

  const groups = Map.groupBy(dump.threads, ({ group }) => group)
  return [
    states.length === 0 ? heading : `${heading} (${states.join(", ")})`,
    ...Array.from(groups).flatMap((group) => ["", ...threads(group)]),
    ...section("Fibers of no thread", columns(dump.fibers.map(fiber))),
    ...section("Locks and queues", columns(dump.locks.map(lock))),
    ...section("Executors", dump.executors.flatMap(executor)),
    ...section("Worker pools", dump.pools.flatMap(pool))
  ].join("\n")
}
