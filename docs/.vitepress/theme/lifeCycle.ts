/** A thread of the library that does what the diagram's buttons say. */
import type * as EffectModule from "effect"
import type * as Threading from "effect-threading"

export type Order = "start" | "work" | "lock" | "release" | "return" | "fail" | "interrupt"

export interface Driver {
  give(order: Order): void
  dispose(): void
}

type State = Threading.Thread.State

const textOf = (state: State): string => {
  switch (state._tag) {
    case "New":
      return "The thread is made. Nothing of it has run."
    case "Runnable":
      return "Its next step is scheduled: it runs as soon as the others yield."
    case "Running":
      return "It executes."
    case "Blocked":
      return state.on.kind === "Event"
        ? "It waits for an event, which the buttons set."
        : `It waits for the ${state.on.kind.toLowerCase()} "${state.on.name}"${
          state.on.holder === undefined ? "" : `, which ${state.on.holder} has`
        }.`
    case "Terminated":
      return state.exit._tag === "Success"
        ? "It has ended, with a result."
        : "It has ended, by failure or interruption."
  }
}

/** Loads the same library that the programs in the pages run against. */
export const drive = async (
  urlOf: (file: string) => string,
  show: (change: { readonly _tag: State["_tag"]; readonly text: string }) => void
): Promise<Driver> => {
  const { Effect, ManagedRuntime, Stream } = await import(/* @vite-ignore */ urlOf("effect.js")) as typeof EffectModule
  const { Event, Lock, Thread, ThreadGroup } = await import(
    /* @vite-ignore */ urlOf("effect-threading.js")
  ) as typeof Threading

  const runtime = ManagedRuntime.make(ThreadGroup.layer)
  const lock = Lock.makeUnsafe({ name: "lock" })
  let order: Order | undefined
  const made = await runtime.runPromise(Effect.gen(function*() {
    const told = yield* Event.make({ name: "an order" })
    const body = Effect.gen(function*() {
      for (;;) {
        yield* Event.wait(told)
        yield* Event.clear(told)
        if (order === "work") yield* Effect.replicateEffect(Effect.yieldNow, 2)
        else if (order === "lock") yield* Lock.withLock(lock, Effect.void)
        else if (order === "return") return 42
        else if (order === "fail") return yield* Effect.fail("on demand")
      }
    }).pipe(Effect.provideService(Thread.ExceptHook, () => Effect.void))
    return { told, thread: yield* Thread.make(body, { name: "worker" }) }
  }))
  const { thread, told } = made
  runtime.runFork(
    Stream.runForEach(
      Thread.changes(thread),
      (state) => Effect.sync(() => show({ _tag: state._tag, text: textOf(state) }))
    )
  )

  // Who holds the lock that the thread wants: a thread as well, until the button is pressed.
  const released = await runtime.runPromise(Event.make())
  let started: Threading.Thread.Thread<unknown, unknown> | undefined
  const give = async (next: Order): Promise<void> => {
    switch (next) {
      case "start":
        started = await runtime.runPromise(Thread.start(thread))
        return
      case "release":
        return runtime.runPromise(Event.set(released))
      case "interrupt":
        return started && runtime.runPromise(Thread.interrupt(started))
      case "lock":
        await runtime.runPromise(Effect.gen(function*() {
          yield* Event.clear(released)
          const held = yield* Event.make()
          yield* Thread.fork(
            Lock.withLock(lock, Effect.andThen(Event.set(held), Event.wait(released))),
            { name: "another thread", daemon: true }
          )
          yield* Event.wait(held)
        }))
    }
    order = next
    return runtime.runPromise(Event.set(told))
  }
  return { give: (next) => void give(next), dispose: () => void runtime.dispose().catch(() => {}) }
}
