// Read, resize, store: a thread a stage, with a bounded queue between two, so that the slowest stage sets the pace of all.
import { NodeRuntime } from "@effect/platform-node"
import { type Cause, Console, Effect, Queue } from "effect"
import { Thread, ThreadGroup } from "effect-threading"

// #region pipeline
const program = Effect.gen(function*() {
  const read = yield* Queue.bounded<string, Cause.Done>(2)
  const resized = yield* Queue.bounded<string, Cause.Done>(2)
  let inFlight = 0
  let most = 0

  const reader = Effect.gen(function*() {
    for (const name of ["ant", "bee", "cat", "dog", "eel", "fox", "gnu", "hen"]) {
      most = Math.max(most, ++inFlight)
      yield* Queue.offer(read, name) // waits while the queue is full
    }
    yield* Queue.end(read)
  })

  const resizer = Effect.gen(function*() {
    for (;;) yield* Queue.offer(resized, `${yield* Queue.take(read)}.small`)
  }).pipe(Effect.catchTag("Done", () => Queue.end(resized)))

  const store = Effect.gen(function*() {
    for (;;) {
      const name = yield* Queue.take(resized)
      yield* Effect.sleep("1 millis") // the slowest of the three
      inFlight--
      yield* Console.log(`stored ${name}`)
    }
  }).pipe(Effect.catchTag("Done", () => Console.log(`never more than ${most} in flight`)))

  yield* Thread.fork(reader, { name: "reader" })
  yield* Thread.fork(resizer, { name: "resizer" })
  yield* Thread.fork(store, { name: "store" })
}).pipe(ThreadGroup.nursery) // if one stage fails, the others are cancelled
// #endregion pipeline

NodeRuntime.runMain(program)

// Output:
// stored ant.small
// stored bee.small
// stored cat.small
// stored dog.small
// stored eel.small
// stored fox.small
// stored gnu.small
// stored hen.small
// never more than 7 in flight
