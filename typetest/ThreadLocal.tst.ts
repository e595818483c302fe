import { Context, Effect, type Scope } from "effect"
import { type ThreadGroup, ThreadLocal } from "effect-threading"
import { describe, expect, test } from "tstyche"

class Database extends Context.Service<Database, { readonly url: string }>()("typetest/Database") {}
interface Connection {
  readonly id: number
}

declare const counter: ThreadLocal.ThreadLocal<number>
declare const connection: ThreadLocal.ThreadLocal<Connection, "refused">

describe("ThreadLocal", () => {
  test("infers its value from the first one", () => {
    expect(ThreadLocal.make(() => 0)).type.toBe<Effect.Effect<ThreadLocal.ThreadLocal<number>>>()
    expect(ThreadLocal.make(() => new Map<string, number>(), { inherit: "copy" })).type.toBe<
      Effect.Effect<ThreadLocal.ThreadLocal<Map<string, number>>>
    >()
    expect(ThreadLocal.make(() => 0, { inherit: undefined })).type.toBe<
      Effect.Effect<ThreadLocal.ThreadLocal<number>>
    >()
    expect(ThreadLocal.make).type.not.toBeCallableWith(() => 0, { inherit: "share" })
    expect(ThreadLocal.make).type.not.toBeCallableWith(0)
  })

  test("a resource asks for its services where it is made, not for a Scope", () => {
    const acquire: Effect.Effect<Connection, "refused", Database | Scope.Scope> = Effect.acquireRelease(
      Effect.flatMap(Database, () => Effect.fail("refused" as const)),
      () => Effect.void
    )
    expect(ThreadLocal.resource(acquire)).type.toBe<
      Effect.Effect<ThreadLocal.ThreadLocal<Connection, "refused">, never, Database>
    >()
  })

  test("getting may fail as making does, and needs a thread", () => {
    expect(ThreadLocal.get(counter)).type.toBe<Effect.Effect<number, never, ThreadGroup.ThreadGroup>>()
    expect(ThreadLocal.get(connection)).type.toBe<Effect.Effect<Connection, "refused", ThreadGroup.ThreadGroup>>()
    expect(Effect.runPromise).type.not.toBeCallableWith(ThreadLocal.get(counter))
  })

  test("changing it keeps to the type of the value", () => {
    expect(ThreadLocal.set(counter, 1)).type.toBe<Effect.Effect<void, never, ThreadGroup.ThreadGroup>>()
    expect(ThreadLocal.update(counter, (n) => n + 1)).type.toBe<Effect.Effect<void, never, ThreadGroup.ThreadGroup>>()
    expect(ThreadLocal.update(connection, (c) => ({ id: c.id + 1 }))).type.toBe<
      Effect.Effect<void, "refused", ThreadGroup.ThreadGroup>
    >()
    expect(ThreadLocal.delete(connection)).type.toBe<Effect.Effect<void, never, ThreadGroup.ThreadGroup>>()
    expect(ThreadLocal.set).type.not.toBeCallableWith(counter, "one")
    expect(ThreadLocal.update).type.not.toBeCallableWith(counter, () => "one")
  })

  test("locally keeps A, E and R and needs a thread, called whole and piped", () => {
    const effect = Effect.as(Database, "done")
    type Local = Effect.Effect<string, never, Database | ThreadGroup.ThreadGroup>
    expect(ThreadLocal.locally(counter, 5, effect)).type.toBe<Local>()
    expect(effect.pipe(ThreadLocal.locally(counter, 5))).type.toBe<Local>()
    expect(ThreadLocal.locally).type.not.toBeCallableWith(counter, "five", effect)
  })

  test("is invariant in its value, for it is read and written", () => {
    expect(counter).type.not.toBeAssignableTo<ThreadLocal.ThreadLocal<number | string>>()
    expect<ThreadLocal.ThreadLocal<number | string>>().type.not.toBeAssignableTo<ThreadLocal.ThreadLocal<number>>()
    expect(ThreadLocal.get).type.not.toBeCallableWith({ initial: () => 0 })
  })
})
