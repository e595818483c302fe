/** Each worker builds the pool's services once, and closes them when it ends. */
import { assert } from "@effect/vitest"
import { Effect, Schedule } from "effect"
import { Task, WorkerPool } from "effect-threading"
import { rmSync } from "node:fs"
import { join } from "node:path"
import { closable, folder, reasonOf } from "../support.ts"
import type { Case, Engine } from "../support.ts"

const tasks = Task.module<typeof import("../fixtures/sessionTasks.ts")>(
  new URL("../fixtures/sessionTasks.ts", import.meta.url)
)

const session = WorkerPool.services<typeof import("../fixtures/services.ts")>(
  new URL("../fixtures/services.ts", import.meta.url)
)

/** Where the services tell of themselves. */
const told = Effect.tap(folder, ({ path }) =>
  Effect.sync(() => {
    process.env["POOL_FOLDER"] = path
  }))

export const services = ({ layer }: Engine): ReadonlyArray<Case> => [
  {
    title: "are built once for all tasks of a worker, and closed with the pool",
    body: Effect.gen(function*() {
      const { lines } = yield* told
      const { close, context } = yield* closable(layer({ size: 1, services: session }))
      const ids = yield* Effect.provideContext(
        Effect.all([tasks.sessionId(), tasks.sessionId(), tasks.sessionId()], { concurrency: "unbounded" }),
        context
      )
      assert.strictEqual(new Set(ids).size, 1)
      assert.deepStrictEqual(yield* lines, ["session opens"])
      yield* close
      assert.deepStrictEqual(yield* lines, ["session opens", "session closes"])
    })
  },
  {
    title: "that fail to build fail what is queued with SpawnFailed, and what is called when they work again succeeds",
    body: Effect.gen(function*() {
      const { lines, open, path } = yield* told
      yield* open("failing")
      yield* Effect.gen(function*() {
        const reasons = yield* Effect.all([reasonOf(tasks.sessionId()), reasonOf(tasks.sessionId())], {
          concurrency: 2
        })
        for (const reason of reasons) {
          assert(reason._tag === "SpawnFailed")
          assert.include(String(reason.cause), "no session today")
        }
        rmSync(join(path, "failing"))
        assert.isNumber(yield* tasks.sessionId())
      }).pipe(Effect.provide(layer({ size: 1, services: session, respawn: Schedule.recurs(1) })))
      assert.deepStrictEqual(yield* lines, ["session opens", "session closes"])
    })
  },
  {
    title: "that work at the second attempt are all that the caller notices",
    body: Effect.gen(function*() {
      const { open, path } = yield* told
      yield* open("failing")
      // The schedule is asked between the attempts.
      const respawn = Schedule.tap(Schedule.recurs(3), () => Effect.sync(() => rmSync(join(path, "failing"))))
      const id = yield* Effect.provide(tasks.sessionId(), layer({ size: 1, services: session, respawn }))
      assert.isNumber(id)
    })
  }
]
