// Locks and threads in a Layer: a service that guards its state, works in the background, and is gone with its runtime.
import { NodeRuntime } from "@effect/platform-node"
import { Console, Context, Effect, Layer, Option } from "effect"
import { Condition, Thread, ThreadGroup } from "effect-threading"

// #region layers
class Mailbox extends Context.Service<Mailbox, {
  readonly send: (letter: string) => Effect.Effect<void>
  readonly receive: Effect.Effect<string>
}>()("examples/Mailbox") {
  static readonly layer = Layer.effect(Mailbox)(Effect.gen(function*() {
    const letters: Array<string> = []
    const arrived = yield* Condition.make()
    // A thread of the layer's region: interrupted, finalizers and all, when the layer is closed.
    yield* Thread.fork(Effect.never.pipe(Effect.onInterrupt(() => Console.log("the postman goes home"))), {
      name: "postman",
      daemon: true
    })
    return {
      send: (letter) =>
        Condition.withLock(
          arrived,
          Effect.suspend(() => {
            letters.push(letter)
            return Condition.notify(arrived)
          })
        ),
      receive: Condition.withLock(
        arrived,
        Effect.gen(function*() {
          yield* Condition.waitFor(arrived, () => letters.length > 0)
          return letters.shift()!
        })
      )
    }
  })).pipe(Layer.provide(ThreadGroup.layer))
}

const program = Effect.gen(function*() {
  const { receive, send } = yield* Mailbox
  // Any wait takes part in time-outs, races and retries. Nothing is lost by one that is given up.
  const nothing = yield* Effect.timeoutOption(receive, "1 millis")
  yield* Console.log(`in time: ${Option.isSome(nothing)}`)
  const [letter] = yield* Effect.all([receive, send("a letter")], { concurrency: 2 })
  yield* Console.log(`received ${letter}`)
})
// #endregion layers

program.pipe(Effect.provide(Mailbox.layer), NodeRuntime.runMain)

// Output:
// in time: false
// received a letter
// the postman goes home
