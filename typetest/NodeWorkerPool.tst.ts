import { NodeHttpServer, NodeRuntime } from "@effect/platform-node"
import { Effect, Layer, Stream } from "effect"
import { Future, Task, Thread, ThreadGroup, ThreadPoolExecutor, WorkerPool } from "effect-threading"
import { NodeWorkerPool } from "effect-threading/node"
import { HttpRouter, HttpServerResponse } from "effect/http"
import { createServer } from "node:http"
import type { ResourceLimits } from "node:worker_threads"
import { describe, expect, test } from "tstyche"
import type { Cache, Database } from "./tasks/services.ts"
import type { HashError } from "./tasks/tasks.ts"

const tasks = Task.module<typeof import("./tasks/tasks.ts")>(new URL("./tasks/tasks.ts", import.meta.url))
const services = WorkerPool.services<typeof import("./tasks/services.ts")>(
  new URL("./tasks/services.ts", import.meta.url)
)

describe("NodeWorkerPool", () => {
  test("makes pools of threads and of processes alike", () => {
    type Bare = Layer.Layer<WorkerPool.WorkerPool>
    type Full = Layer.Layer<WorkerPool.WorkerPool<Database | Cache>>
    expect(NodeWorkerPool.layer()).type.toBe<Bare>()
    expect(NodeWorkerPool.layerProcess()).type.toBe<Bare>()
    expect(NodeWorkerPool.layer({ size: 2, services })).type.toBe<Full>()
    expect(NodeWorkerPool.layerProcess({ size: 2, services })).type.toBe<Full>()
    expect(NodeWorkerPool.layer).type.toBe<typeof NodeWorkerPool.layerProcess>()
  })

  test("takes the options of all pools, Node's limits, and where its worker's file is", () => {
    expect(NodeWorkerPool.layer).type.toBeCallableWith({
      size: 2,
      services,
      onFull: "fail",
      resourceLimits: { maxOldGenerationSizeMb: 64, stackSizeMb: undefined },
      worker: new URL("./worker.js", import.meta.url)
    })
    expect<ResourceLimits>().type.toBeAssignableTo<NonNullable<NodeWorkerPool.Options<never>["resourceLimits"]>>()
    expect(NodeWorkerPool.layer).type.not.toBeCallableWith({ resourceLimits: { maxHeap: 64 } })
    expect(NodeWorkerPool.layer).type.not.toBeCallableWith({ resourceLimits: { maxOldGenerationSizeMb: "64" } })
    expect(NodeWorkerPool.layer).type.not.toBeCallableWith({ worker: "./worker.js" })
    expect(NodeWorkerPool.layerProcess).type.not.toBeCallableWith({ maxWorkers: 2 })
    // @ts-expect-error Object literal may only specify known properties
    const _misspelt = () => NodeWorkerPool.layer({ services, capactiy: 3 })
  })
})

describe("a program", () => {
  test("runs on any engine", () => {
    const program = Effect.gen(function*() {
      const heartbeat = yield* Thread.fork(Effect.never, { name: "heartbeat", daemon: true })
      const executor = yield* ThreadPoolExecutor.make({ maxWorkers: 4 })
      const future = yield* ThreadPoolExecutor.submit(executor, tasks.hash(new Uint8Array(8)))
      yield* Thread.interrupt(heartbeat)
      return yield* Future.result(future)
    }).pipe(Effect.scoped, ThreadGroup.supervise)
    type Runnable = Effect.Effect<
      string,
      HashError | WorkerPool.TaskError | Future.CancelledError | ThreadPoolExecutor.ExecutorShutdownError
    >
    expect(Effect.provide(program, NodeWorkerPool.layer({ size: 4 }))).type.toBe<Runnable>()
    expect(Effect.provide(program, NodeWorkerPool.layerProcess())).type.toBe<Runnable>()
    expect(Effect.provide(program, WorkerPool.layerInline({ services }))).type.toBe<Runnable>()
    expect(program.pipe(Effect.provide(NodeWorkerPool.layer()), NodeRuntime.runMain)).type.toBe<void>()
  })
})

describe("a server", () => {
  const hash = HttpRouter.add(
    "GET",
    "/hash",
    tasks.hash(new Uint8Array(1)).pipe(
      Effect.timeout("2 seconds"),
      Effect.map((digest) => HttpServerResponse.text(digest)),
      Effect.catchReason(
        "TaskError",
        "QueueFull",
        ({ capacity }) => Effect.succeed(HttpServerResponse.text(`${capacity} before you`, { status: 503 }))
      ),
      Effect.catchTags({
        HashError: ({ why }) => Effect.succeed(HttpServerResponse.text(why, { status: 400 })),
        TimeoutError: () => Effect.succeed(HttpServerResponse.empty({ status: 504 })),
        TaskError: ({ reason }) => Effect.succeed(HttpServerResponse.text(reason._tag, { status: 500 }))
      })
    )
  )
  const row = HttpRouter.add(
    "GET",
    "/row",
    Effect.map(tasks.lookup("1"), (row) => HttpServerResponse.text(String(row)))
  )
  const report = HttpRouter.add(
    "GET",
    "/report",
    Effect.map(
      Effect.context<WorkerPool.WorkerPool>(),
      (context) =>
        HttpServerResponse.stream(
          tasks.rows(3).pipe(Stream.map(String), Stream.encodeText, Stream.provideContext(context))
        )
    )
  )
  const serve = Layer.mergeAll(hash, row, report).pipe(
    HttpRouter.serve,
    Layer.provide(NodeHttpServer.layer(createServer, { port: 3000 }))
  )

  test("answers within a deadline, sheds what is too much, and streams", () => {
    const launched = Layer.launch(Layer.provide(serve, NodeWorkerPool.layer({ services, capacity: 9, onFull: "fail" })))
    expect<Effect.Services<typeof launched>>().type.toBe<never>()
    expect(launched.pipe(NodeRuntime.runMain)).type.toBe<void>()
  })

  test("does not start with a pool that lacks what its tasks need", () => {
    const launched = Layer.launch(Layer.provide(serve, NodeWorkerPool.layer()))
    expect<Effect.Services<typeof launched>>().type.toBe<WorkerPool.WorkerPool<Database>>()
    expect(NodeRuntime.runMain).type.not.toBeCallableWith(launched)
  })
})
