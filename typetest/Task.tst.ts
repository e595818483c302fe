import { type Cause, Context, Effect, type Option, Schedule, Stream } from "effect"
import { type Future, Task, Thread, ThreadGroup, ThreadPoolExecutor, type WorkerPool } from "effect-threading"
import { describe, expect, test } from "tstyche"
import type { Cache, Database } from "./tasks/services.ts"
import { type HashError, type NegativeError, TooBigError, User } from "./tasks/tasks.ts"

const tasks = Task.module<typeof import("./tasks/tasks.ts")>(new URL("./tasks/tasks.ts", import.meta.url))
const inner = Task.module<typeof import("./tasks/inner.ts")>(new URL("./tasks/inner.ts", import.meta.url))

type TaskError = WorkerPool.TaskError
type Pool<Services = never> = WorkerPool.WorkerPool<Services>

describe("a function that returns an Effect", () => {
  test("keeps its value and its errors, and may fail with TaskError besides", () => {
    expect(tasks.hash).type.toBe<(bytes: Uint8Array) => Effect.Effect<string, HashError | TaskError, Pool>>()
    expect(tasks.find).type.toBe<(n: number) => Effect.Effect<Option.Option<number>, TaskError, Pool>>()
  })

  test("of which it returns several gives what any of them gives", () => {
    type Fib = (n: number) => Effect.Effect<number, NegativeError | TooBigError | TaskError, Pool>
    expect(tasks.fib).type.toBe<Fib>()
    expect(tasks.fibFn).type.toBe<Fib>()
  })

  test("or now and then a plain value gives either", () => {
    expect(tasks.half).type.toBe<(n: number) => Effect.Effect<number, NegativeError | TaskError, Pool>>()
  })

  test("needs a pool that offers the services which it needs, one by one", () => {
    expect(tasks.lookup("1")).type.toBe<Effect.Effect<ReadonlyArray<number>, TaskError, Pool<Database>>>()
    expect(tasks.lookupCached("1")).type.toBe<
      Effect.Effect<ReadonlyArray<number>, TaskError, Pool<Database> | Pool<Cache>>
    >()
  })

  test("has a scope, a region of threads and a pool from its worker", () => {
    expect(tasks.inScope()).type.toBe<Effect.Effect<number, TaskError, Pool<Database>>>()
    expect(tasks.inThread()).type.toBe<Effect.Effect<number, TaskError, Pool>>()
    expect(tasks.inAnyThread()).type.toBe<Effect.Effect<void, TaskError, Pool>>()
    expect(tasks.nested(1)).type.toBe<Effect.Effect<number, TaskError, Pool>>()
  })

  test("passes on what its own tasks need", () => {
    expect(tasks.nestedQuery(1)).type.toBe<Effect.Effect<ReadonlyArray<number>, TaskError, Pool<Database>>>()
    expect<Effect.Services<ReturnType<typeof tasks.nestedBoth>>>().type.toBe<Pool<Database> | Pool<Cache>>()
  })

  test("may call tasks of its own module", () => {
    expect(inner.tree).type.toBe<(depth: number) => Effect.Effect<number, TaskError, Pool>>()
  })
})

describe("any other function", () => {
  test("gives its value, awaited", () => {
    expect(tasks.sum).type.toBe<(numbers: Float64Array) => Effect.Effect<number, TaskError, Pool>>()
    expect(tasks.ping).type.toBe<() => Effect.Effect<void, TaskError, Pool>>()
    expect(tasks.fetchText).type.toBe<(path: string) => Effect.Effect<string, TaskError, Pool>>()
    expect(tasks.maybeLater).type.toBe<(n: number) => Effect.Effect<number | string, TaskError, Pool>>()
    expect(tasks.quit).type.toBe<(code: number) => Effect.Effect<never, TaskError, Pool>>()
    expect(tasks.default).type.toBe<(n: number) => Effect.Effect<string, TaskError, Pool>>()
  })

  test("keeps optional and rest parameters", () => {
    expect(tasks.fill).type.toBe<
      (n: number, by?: number, ...labels: ReadonlyArray<string>) => Effect.Effect<number, TaskError, Pool>
    >()
    expect(tasks.max).type.toBe<(...numbers: ReadonlyArray<number>) => Effect.Effect<number, TaskError, Pool>>()
    expect(tasks.fill).type.toBeCallableWith(1)
    expect(tasks.fill).type.toBeCallableWith(1, 2, "a", "b")
    expect(tasks.fill).type.not.toBeCallableWith()
    expect(tasks.paint).type.toBeCallableWith({ to: 3 })
  })

  test("is the last of its overloads", () => {
    expect(tasks.parse).type.toBe<(bytes: Uint8Array, encoding: string) => Effect.Effect<string, TaskError, Pool>>()
  })

  test("has its type parameters' constraints for them", () => {
    expect(tasks.identity).type.toBe<(value: unknown) => Effect.Effect<unknown, TaskError, Pool>>()
    expect(tasks.sortById).type.toBe<
      (items: ReadonlyArray<{ readonly id: number }>) => Effect.Effect<Array<{ readonly id: number }>, TaskError, Pool>
    >()
  })

  test("stays untyped where it is, but for how its call may end", () => {
    // eslint-disable-next-line typescript/no-explicit-any -- what the test is about
    type Anything = any
    expect(tasks.untyped).type.toBe<(value: Anything) => Effect.Effect<Anything, TaskError, Pool>>()
    expect(tasks.unchecked).type.toBe<(value: unknown) => Effect.Effect<unknown, TaskError, Pool>>()
  })
})

describe("a function that returns a Stream or an AsyncIterable", () => {
  test("gives a Stream", () => {
    expect(tasks.rows).type.toBe<(n: number) => Stream.Stream<number, TooBigError | TaskError, Pool>>()
    expect(tasks.records).type.toBe<(sql: string) => Stream.Stream<ReadonlyArray<number>, TaskError, Pool<Database>>>()
    expect(tasks.lines).type.toBe<(path: string) => Stream.Stream<string, TaskError, Pool>>()
    expect(tasks.ticks).type.toBe<(n: number) => Stream.Stream<Date, TaskError, Pool>>()
  })

  test("is used as one", () => {
    const firsts = tasks.rows(10).pipe(Stream.take(2), Stream.runCollect)
    expect(firsts).type.toBe<Effect.Effect<Array<number>, TooBigError | TaskError, Pool>>()
    expect<Stream.Stream<number, TaskError, Pool>>().type.not.toBeAssignableTo<Effect.Effect<unknown>>()
  })
})

describe("a module's exports", () => {
  type Names = keyof typeof tasks

  test("are no tasks unless they are functions", () => {
    expect(tasks).type.not.toHaveProperty("answer")
    expect(tasks).type.not.toHaveProperty("once")
    expect(tasks).type.not.toHaveProperty("Point")
    expect(tasks).type.not.toHaveProperty("table")
  })

  test("are no tasks if they are classes or generators", () => {
    expect(tasks).type.not.toHaveProperty("User")
    expect(tasks).type.not.toHaveProperty("Shape")
    expect(tasks).type.not.toHaveProperty("TooBigError")
    expect(tasks).type.not.toHaveProperty("counting")
  })

  test("are tasks else, the default one too", () => {
    expect<"fib" | "quit" | "lines" | "untyped" | "default">().type.toBeAssignableTo<Names>()
    expect<Names>().type.toBe<Task.Key<typeof import("./tasks/tasks.ts")>>()
    expect(tasks).type.toBe<Task.Module<typeof import("./tasks/tasks.ts")>>()
    expect(tasks.fib).type.toBe<Task.Remote<typeof import("./tasks/tasks.ts").fib>>()
  })

  test("cannot be replaced", () => {
    // @ts-expect-error Cannot assign to 'fib' because it is a read-only property
    const _assign = () => tasks.fib = tasks.fibFn
  })
})

describe("a call", () => {
  test("has its errors caught by their tags", () => {
    const caught = tasks.fib(3).pipe(
      Effect.catchTag("TooBigError", ({ n }) => Effect.succeed(n)),
      Effect.catchTag(
        "TaskError",
        (error) => error.reason._tag === "OutOfMemory" ? Effect.succeed("too large") : Effect.fail(error)
      ),
      Effect.retry({ schedule: Schedule.recurs(3), while: ({ _tag }) => _tag === "TaskError" })
    )
    expect(caught).type.toBe<Effect.Effect<number | string, NegativeError | TaskError, Pool>>()
  })

  test("has the reasons of its TaskError caught by theirs", () => {
    const full = Effect.catchReason(
      tasks.hash(new Uint8Array()),
      "TaskError",
      "QueueFull",
      ({ capacity }) => Effect.succeed(capacity)
    )
    expect<Effect.Success<typeof full>>().type.toBe<string | number>()
    const died = tasks.sum(new Float64Array()).pipe(Effect.catchReasons("TaskError", {
      OutOfMemory: () => Effect.succeed("too large"),
      Exited: ({ exitCode, signal }) => Effect.succeed(`${exitCode} ${signal}`),
      SpawnFailed: ({ cause }) => Effect.die(cause),
      Unserializable: ({ found, path }) => Effect.succeed(`${path}: ${found}`)
    }))
    expect<Effect.Success<typeof died>>().type.toBe<number | string>()
    // @ts-expect-error Argument of type '"Tired"' is not assignable
    const _unknown = () => Effect.catchReason(tasks.hash(new Uint8Array()), "TaskError", "Tired", () => Effect.void)
  })

  test("is timed out, raced, and forked as any effect", () => {
    expect(Effect.timeout(tasks.sum(new Float64Array()), "1 second")).type.toBe<
      Effect.Effect<number, TaskError | Cause.TimeoutError, Pool>
    >()
    expect(Thread.fork(tasks.lookup("x"))).type.toBe<
      Effect.Effect<
        Thread.Thread<ReadonlyArray<number>, TaskError>,
        never,
        Pool<Database> | ThreadGroup.ThreadGroup
      >
    >()
    expect(ThreadGroup.supervise(Effect.flatMap(Thread.fork(tasks.fib(1)), Thread.join))).type.toBe<
      Effect.Effect<number, NegativeError | TooBigError | TaskError, Pool>
    >()
  })

  test("is submitted to an executor", () => {
    const program = Effect.gen(function*() {
      const executor = yield* ThreadPoolExecutor.make({ maxWorkers: 8 })
      const future = yield* ThreadPoolExecutor.submit(executor, tasks.hash(new Uint8Array(1)))
      expect(future).type.toBe<Future.Future<string, HashError | TaskError>>()
      return yield* ThreadPoolExecutor.map(executor, [1, 2, 3], tasks.fib, { bufferSize: 8 }).pipe(Stream.runCollect)
    }).pipe(Effect.scoped, ThreadGroup.supervise)
    expect(program).type.toBe<
      Effect.Effect<
        Array<number>,
        | NegativeError
        | TooBigError
        | TaskError
        | Future.CancelledError
        | ThreadPoolExecutor.ExecutorShutdownError,
        Pool
      >
    >()
  })
})

describe("Task.module", () => {
  const RequestId = Context.Reference<string>("typetest/RequestId", { defaultValue: () => "none" })

  test("is told of classes and references", () => {
    const url = new URL("./tasks/tasks.ts", import.meta.url)
    const listed = Task.module<typeof import("./tasks/tasks.ts")>(url, {
      classes: [User, TooBigError],
      references: [RequestId]
    })
    expect(listed).type.toBe<typeof tasks>()
    expect(Task.module).type.not.toBeCallableWith(url, { classes: [new User({ id: 1 })] })
    expect(Task.module).type.not.toBeCallableWith(url, { references: ["typetest/RequestId"] })
    expect(Task.module).type.not.toBeCallableWith(url, { reference: [RequestId] })
  })

  test("takes a URL, since a path would be one from where the program was started", () => {
    expect(Task.module).type.not.toBeCallableWith("./tasks.ts")
  })
})

describe("Task.transfer", () => {
  test("leaves a value's type as it is", () => {
    const bytes = new Uint8Array(8)
    expect(Task.transfer(bytes)).type.toBe<Uint8Array<ArrayBuffer>>()
    expect(Task.transfer({ bytes, n: 1 }, [bytes.buffer])).type.toBe<{ bytes: Uint8Array<ArrayBuffer>; n: number }>()
    expect(tasks.hash(Task.transfer(bytes))).type.toBe<Effect.Effect<string, HashError | TaskError, Pool>>()
    expect(Task.transfer).type.not.toBeCallableWith(bytes, [8])
  })
})

describe("Task.checkpoint", () => {
  test("is called by synchronous code", () => {
    expect(Task.checkpoint).type.toBe<() => void>()
  })
})
