/** Tells the page what the program's threads do, and what the workers of its pools do. */
import * as Thread from "effect-threading/Thread"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { toPage } from "./page.ts"
import type { Change } from "./protocol.ts"

const changeOf = ({ at, state, thread }: Thread.Change): Change => ({
  lane: `thread ${thread.ident}`,
  kind: "thread",
  name: thread.name,
  daemon: thread.daemon,
  state: state._tag,
  ...(state._tag === "Blocked" ? { on: state.on.name, onKind: state.on.kind, holder: state.on.holder } : {}),
  ...(state._tag === "Terminated" ? { failed: state.exit._tag === "Failure" } : {}),
  at
})

const send = (changes: ReadonlyArray<Change>): void => {
  if (changes.length > 0) toPage({ tag: "changes", changes })
}

/** How often workers are looked at, in milliseconds: nobody tells what they do. */
const interval = 2

const seen = new Map<string, string>()

const look = (dump: Thread.Dump): ReadonlyArray<Change> =>
  dump.pools.flatMap(({ workers }) => workers).flatMap(({ name, state, tasks }) => {
    const task = tasks.map(({ name }) => name).join(", ") || undefined
    const now = state === "busy" || task !== undefined ? `Running ${task}` : state
    if (seen.get(name) === now) return []
    seen.set(name, now)
    return [
      {
        lane: `worker ${name}`,
        kind: "worker",
        name,
        daemon: false,
        state: task !== undefined ? "Running" : state === "starting" ? "New" : "Blocked",
        ...(task === undefined && state !== "starting" ? { on: "a task", onKind: "idle" } : {}),
        task,
        at: performance.timeOrigin + performance.now()
      } satisfies Change
    ]
  })

const closed = (): ReadonlyArray<Change> => {
  const names = Array.from(seen.keys())
  seen.clear()
  const at = performance.timeOrigin + performance.now()
  return names.map((name) => ({
    lane: `worker ${name}`,
    kind: "worker",
    name,
    daemon: false,
    state: "Terminated",
    at
  }))
}

/** Goes on until the answer is called. */
export const watch = (): () => Promise<void> => {
  const fiber = Effect.runFork(
    Stream.runForEachArray(Thread.allChanges, (changes) => Effect.sync(() => send(changes.map(changeOf))))
  )
  const timer = setInterval(() => Effect.runFork(Effect.map(Thread.dump, (dump) => send(look(dump)))), interval)
  return async () => {
    clearInterval(timer)
    send(closed())
    // What was offered last is still to be taken.
    await new Promise((resolve) => setTimeout(resolve, 0))
    fiber.interruptUnsafe()
  }
}
