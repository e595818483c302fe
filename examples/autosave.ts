// A timer that is put off again and again: what is typed is saved once the typing stops.
import { NodeRuntime } from "@effect/platform-node"
import { Console, Effect } from "effect"
import { ThreadGroup, Timer } from "effect-threading"

// #region autosave
const program = Effect.gen(function*() {
  let saving: Timer.Timer<void> | undefined

  const type = Effect.fn(function*(text: string) {
    const putOff = saving !== undefined && (yield* Timer.cancel(saving))
    yield* Console.log(putOff ? `${text}: a little later, then` : `${text}: soon to be saved`)
    saving = yield* Timer.start(Console.log(`saved: ${text}`), "50 millis", { name: "autosave" })
  })

  for (const text of ["H", "He", "Hey"]) yield* type(text)
}) // the region waits for the last timer
// #endregion autosave

program.pipe(ThreadGroup.supervise, NodeRuntime.runMain)

// Output:
// H: soon to be saved
// He: a little later, then
// Hey: a little later, then
// saved: Hey
