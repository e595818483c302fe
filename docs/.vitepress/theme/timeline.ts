/** What the timeline draws, made of the changes that the threads of a program went through. */
import type { Change } from "../../runner/protocol.ts"

export interface Segment {
  readonly state: Change["state"]
  /** Positions on the axis: where it begins and ends. */
  readonly from: number
  readonly to: number
  readonly label: string
  readonly title: string
}

export interface Lane {
  readonly id: string
  readonly name: string
  readonly kind: Change["kind"]
  readonly daemon: boolean
  readonly segments: ReadonlyArray<Segment>
  /** How it ended, if it has. */
  readonly end: { readonly at: number; readonly failed: boolean } | undefined
  /** Whether it waits in a circle of threads that wait for one another. */
  readonly isDeadlocked: boolean
}

/** A thread was let go on by another: a lock handed over, a permit given back, an event set. */
export interface HandOff {
  readonly from: number
  readonly to: number
  readonly at: number
  readonly title: string
}

export interface Timeline {
  readonly lanes: ReadonlyArray<Lane>
  readonly handOffs: ReadonlyArray<HandOff>
  /** Sentences that name the circles. */
  readonly deadlocks: ReadonlyArray<string>
  /** How long the axis is. */
  readonly length: number
}

export type Scale = "steps" | "time"

const waitsFor = ({ holder, on, onKind }: Change): string =>
  onKind === "idle"
    ? "waits for a task"
    : onKind === "Async"
    ? "waits for an asynchronous operation"
    : `waits for ${onKind} ${on}${holder === undefined ? "" : `, which ${holder} has`}`

const describe = (change: Change): string =>
  change.state === "Blocked"
    ? waitsFor(change)
    : change.state === "Running" && change.task
    ? `runs ${change.task}`
    : change.state

const labelOf = (change: Change): string =>
  change.state === "Blocked"
    ? change.onKind === "Async" || change.onKind === "idle" ? "" : change.on ?? ""
    : change.task ?? ""

interface Draft {
  readonly first: Change
  last: { readonly change: Change; readonly at: number } | undefined
  readonly segments: Array<Segment>
  end: Lane["end"]
}

/** Every lane's last state while it waits, by the thread's name. */
const circles = (drafts: ReadonlyArray<Draft>): ReadonlyArray<ReadonlyArray<Draft>> => {
  const byName = new Map(drafts.filter(({ end }) => end === undefined).map((draft) => [draft.first.name, draft]))
  const next = (draft: Draft): Draft | undefined => {
    const change = draft.last?.change
    return change?.state === "Blocked" && change.holder !== undefined ? byName.get(change.holder) : undefined
  }
  const found: Array<ReadonlyArray<Draft>> = []
  const seen = new Set<Draft>()
  for (const start of drafts) {
    const path: Array<Draft> = []
    let at: Draft | undefined = start
    while (at !== undefined && !seen.has(at) && !path.includes(at)) {
      path.push(at)
      at = next(at)
    }
    if (at !== undefined && path.includes(at)) found.push(path.slice(path.indexOf(at)))
    for (const each of path) seen.add(each)
  }
  return found
}

export const timeline = (changes: ReadonlyArray<Change>, scale: Scale, isRunning: boolean): Timeline => {
  // Workers are looked at now and then, so theirs come late.
  const sorted = changes.toSorted((a, b) => a.at - b.at)
  const start = sorted[0]?.at ?? 0
  const position = (change: Change, index: number): number => scale === "steps" ? index : change.at - start
  const drafts = new Map<string, Draft>()
  const handOffs: Array<{ readonly from: string; readonly to: string; readonly at: number; readonly title: string }> =
    []
  let running: string | undefined

  sorted.forEach((change, index) => {
    const at = position(change, index)
    const draft = drafts.get(change.lane) ?? { first: change, last: undefined, segments: [], end: undefined }
    drafts.set(change.lane, draft)
    const before = draft.last
    if (before !== undefined) draft.segments.push(segment(before.change, before.at, at))
    if (
      before?.change.state === "Blocked" && before.change.onKind !== "Async" && change.kind === "thread"
      && (change.state === "Runnable" || change.state === "Running")
    ) {
      const from = running !== undefined && running !== change.lane
        ? running
        : Array.from(drafts).find(([, { first }]) => first.name === before.change.holder)?.[0]
      if (from !== undefined && from !== change.lane) {
        const giver = drafts.get(from)!.first.name
        handOffs.push({
          from,
          to: change.lane,
          at,
          title: `${giver} lets ${change.name} go on: ${before.change.onKind} ${before.change.on}`
        })
      }
    }
    if (change.kind === "thread") {
      if (change.state === "Running") running = change.lane
      else if (running === change.lane) running = undefined
    }
    if (change.state === "Terminated") {
      draft.end = { at, failed: change.failed === true }
      draft.last = undefined
    } else draft.last = { change, at }
  })

  const length = Math.max(
    scale === "steps" ? sorted.length : (sorted.at(-1)?.at ?? 0) - start,
    scale === "steps" ? 1 : 0.001
  )
  const stuck = circles(Array.from(drafts.values()))
  for (const draft of drafts.values()) {
    if (draft.last !== undefined) draft.segments.push(segment(draft.last.change, draft.last.at, length))
  }
  const ids = Array.from(drafts.keys())
  return {
    lanes: Array.from(drafts, ([id, draft]) => ({
      id,
      name: draft.first.name,
      kind: draft.first.kind,
      daemon: draft.first.daemon,
      segments: draft.segments,
      end: draft.end,
      isDeadlocked: isRunning && stuck.some((circle) => circle.includes(draft))
    })),
    handOffs: handOffs.map(({ from, to, ...rest }) => ({ ...rest, from: ids.indexOf(from), to: ids.indexOf(to) })),
    deadlocks: isRunning
      ? stuck.map((circle) => circle.map(({ first, last }) => `${first.name} ${waitsFor(last!.change)}`).join("; "))
      : [],
    length
  }
}

const segment = (change: Change, from: number, to: number): Segment => ({
  state: change.state,
  from,
  to,
  label: labelOf(change),
  title: `${change.name}: ${describe(change)}`
})
