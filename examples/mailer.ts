// A region that lives as long as a layer: a request starts a thread and is answered; the end of the layer waits for the thread.
import { NodeRuntime } from "@effect/platform-node"
import { Console, Context, Effect, Layer } from "effect"
import { Thread, ThreadGroup } from "effect-threading"

// #region mailer
class Mailer extends Context.Service<Mailer, { readonly send: (to: string) => Effect.Effect<void> }>()("Mailer") {
  static readonly layer = Layer.effect(
    Mailer,
    Effect.gen(function*() {
      const region = yield* Effect.context<ThreadGroup.ThreadGroup>()
      const send = (to: string) =>
        Effect.sleep("1 millis").pipe(
          Effect.andThen(Console.log(`mail to ${to}: sent`)),
          Thread.fork({ name: `mail to ${to}` }),
          Effect.asVoid,
          Effect.provideContext(region)
        )
      return { send }
    })
  ).pipe(Layer.provide(ThreadGroup.layer))
}

const request = Effect.fn(function*(from: string) {
  const { send } = yield* Mailer
  yield* send(from)
  yield* Console.log(`request of ${from}: answered`)
})

const program = Effect.forEach(["Ann", "Bob"], request).pipe(Effect.provide(Mailer.layer))
// #endregion mailer

NodeRuntime.runMain(program)

// Output:
// request of Ann: answered
// request of Bob: answered
// mail to Ann: sent
// mail to Bob: sent
