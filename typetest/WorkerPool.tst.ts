import { Duration, Effect, Layer, ManagedRuntime, Schedule } from "effect"
import { Task, WorkerPool } from "effect-threading"
import { describe, expect, test } from "tstyche"
import type { Cache, Database } from "./tasks/services.ts"

const tasks = Task.module<typeof import("./tasks/tasks.ts")>(new URL("./tasks/tasks.ts", import.meta.url))

const url = new URL("./tasks/services.ts", import.meta.url)
const services = WorkerPool.services<typeof import("./tasks/services.ts")>(url)
const database = WorkerPool.services<typeof import("./tasks/database.ts")>(url)

const full = WorkerPool.layerInline({ services })
const half = WorkerPool.layerInline({ services: database })
const bare = WorkerPool.layerInline()

declare const failing: Schedule.Schedule<number, unknown, string>

const needsDatabase = tasks.lookup("1")
const needsBoth = Effect.all([tasks.lookup("1"), tasks.lookupCached("2"), tasks.fib(3)])

describe("WorkerPool.services", () => {
  test("stands for what a module's default Layer gives, however it may fail", () => {
    expect(services).type.toBe<WorkerPool.Services<Database | Cache>>()
    expect(database).type.toBe<WorkerPool.Services<Database>>()
  })

  test("refuses a Layer with requirements, and a module without a Layer", () => {
    // @ts-expect-error does not satisfy the constraint
    const _open = () => WorkerPool.services<typeof import("./tasks/open.ts")>(url)
    // @ts-expect-error does not satisfy the constraint
    const _none = () => WorkerPool.services<typeof import("./tasks/inner.ts")>(url)
    // @ts-expect-error does not satisfy the constraint
    const _function = () => WorkerPool.services<typeof import("./tasks/tasks.ts")>(url)
  })
})

describe("a pool", () => {
  test("needs nothing, cannot fail, and offers what its workers build", () => {
    expect(full).type.toBe<Layer.Layer<WorkerPool.WorkerPool<Database | Cache>>>()
    expect(half).type.toBe<Layer.Layer<WorkerPool.WorkerPool<Database>>>()
    expect(bare).type.toBe<Layer.Layer<WorkerPool.WorkerPool>>()
  })

  test("runs tasks that need less than it offers", () => {
    expect(Effect.provide(needsBoth, full)).type.toBeAssignableTo<Effect.Effect<unknown, unknown>>()
    expect(Effect.provide(needsDatabase, full)).type.toBeAssignableTo<Effect.Effect<unknown, unknown>>()
    expect(Effect.provide(needsDatabase, half)).type.toBeAssignableTo<Effect.Effect<unknown, unknown>>()
    expect(Effect.provide(tasks.nestedQuery(1), half)).type.toBeAssignableTo<Effect.Effect<unknown, unknown>>()
    expect(Effect.provide(tasks.fib(1), [bare])).type.toBeAssignableTo<Effect.Effect<unknown, unknown>>()
    expect(Effect.provide(tasks.fib(1), full)).type.toBeAssignableTo<Effect.Effect<unknown, unknown>>()
  })

  test("that lacks a service leaves it among the requirements, by its name", () => {
    const left = Effect.provide(needsBoth, half)
    expect<Effect.Services<typeof left>>().type.toBe<WorkerPool.WorkerPool<Cache>>()
    expect<Effect.Services<typeof needsDatabase>>().type.toBe<WorkerPool.WorkerPool<Database>>()
    expect(Effect.provide(needsDatabase, bare)).type.toBe<
      Effect.Effect<ReadonlyArray<number>, WorkerPool.TaskError, WorkerPool.WorkerPool<Database>>
    >()
    expect(Effect.runPromise).type.not.toBeCallableWith(left)
    // @ts-expect-error WorkerPool<Cache>
    const _left = () => left.pipe(Effect.runPromise)
    // @ts-expect-error WorkerPool<Database>
    const _bare = () => tasks.nestedQuery(1).pipe(Effect.provide(bare), Effect.runPromise)
  })

  test("is part of a runtime", () => {
    expect(ManagedRuntime.make(full).runPromise).type.toBeCallableWith(needsBoth)
    expect(ManagedRuntime.make(half).runPromise).type.not.toBeCallableWith(needsBoth)
  })

  test("is told apart by what it offers", () => {
    type Of<Services> = WorkerPool.WorkerPool<Services>
    expect<Of<Database | Cache>>().type.not.toBeAssignableTo<Of<Database>>()
    expect<Of<never>>().type.toBeAssignableTo<Of<Database>>()
  })

  test("counts", () => {
    expect(WorkerPool.stats).type.toBe<Effect.Effect<WorkerPool.Stats, never, WorkerPool.WorkerPool>>()
    expect(Effect.provide(WorkerPool.stats, full)).type.toBe<Effect.Effect<WorkerPool.Stats>>()
    expect<WorkerPool.Stats["wait"]>().type.toBe<WorkerPool.Times>()
  })
})

describe("a pool's options", () => {
  test("are all there is to say", () => {
    expect(WorkerPool.layerInline).type.toBeCallableWith({
      name: "tasks",
      size: 2,
      services,
      capacity: 10,
      onFull: "fail",
      maxTasksPerWorker: 100,
      gracePeriod: "1 second",
      idleTimeToLive: Duration.infinity,
      respawn: Schedule.recurs(5)
    })
    expect(WorkerPool.layerInline).type.toBeCallableWith({ size: undefined, services: undefined })
  })

  test("are refused if they are wrong", () => {
    expect(WorkerPool.layerInline).type.not.toBeCallableWith({ maxWorkers: 2 })
    expect(WorkerPool.layerInline).type.not.toBeCallableWith({ size: "2" })
    expect(WorkerPool.layerInline).type.not.toBeCallableWith({ onFull: "drop" })
    expect(WorkerPool.layerInline).type.not.toBeCallableWith({ services: url })
    expect(WorkerPool.layerInline).type.not.toBeCallableWith({ services: Layer.empty })
    expect(WorkerPool.layerInline).type.not.toBeCallableWith({ resourceLimits: { maxOldGenerationSizeMb: 64 } })
    expect(WorkerPool.layerInline).type.not.toBeCallableWith({ respawn: failing })
  })

  test("know why a worker is missing", () => {
    expect(WorkerPool.layerInline({
      respawn: Schedule.exponential(50).pipe(
        Schedule.setInputType<WorkerPool.TaskError["reason"]>(),
        Schedule.while(({ input }) => input._tag !== "SpawnFailed")
      )
    })).type.toBe<Layer.Layer<WorkerPool.WorkerPool>>()
  })
})

describe("TaskError", () => {
  test("has one of these reasons", () => {
    expect<WorkerPool.TaskError["reason"]>().type.toBe<
      | WorkerPool.Exited
      | WorkerPool.OutOfMemory
      | WorkerPool.SpawnFailed
      | WorkerPool.Terminated
      | WorkerPool.QueueFull
      | WorkerPool.Unserializable
    >()
    expect<WorkerPool.TaskError["task"]>().type.toBe<string>()
  })
})
