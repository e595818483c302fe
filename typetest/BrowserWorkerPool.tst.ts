import type { Layer } from "effect"
import { WorkerPool } from "effect-threading"
import { BrowserWorkerPool } from "effect-threading/browser"
import { describe, expect, test } from "tstyche"
import type { Cache, Database } from "./tasks/services.ts"

const services = WorkerPool.services<typeof import("./tasks/services.ts")>(
  new URL("./tasks/services.ts", import.meta.url)
)

declare const made: BrowserWorkerPool.WebWorker

describe("BrowserWorkerPool", () => {
  test("makes pools as others do", () => {
    expect(BrowserWorkerPool.layer()).type.toBe<Layer.Layer<WorkerPool.WorkerPool>>()
    expect(BrowserWorkerPool.layer({ size: 2, services })).type.toBe<
      Layer.Layer<WorkerPool.WorkerPool<Database | Cache>>
    >()
  })

  test("takes the options of all pools, and what makes a worker of a name, or nothing", () => {
    expect(BrowserWorkerPool.layer).type.toBeCallableWith({ size: 2, services, onFull: "fail", worker: () => made })
    expect(BrowserWorkerPool.layer).type.toBeCallableWith({ worker: undefined })
    expect<(name: string) => BrowserWorkerPool.WebWorker>().type.toBeAssignableTo<
      NonNullable<BrowserWorkerPool.Options<never>["worker"]>
    >()
    expect(BrowserWorkerPool.layer).type.not.toBeCallableWith({ worker: new URL("./worker.js", import.meta.url) })
    expect(BrowserWorkerPool.layer).type.not.toBeCallableWith({ worker: () => "worker" })
    expect(BrowserWorkerPool.layer).type.not.toBeCallableWith({ resourceLimits: { maxOldGenerationSizeMb: 64 } })
  })
})
