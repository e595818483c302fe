// Run against the packed tarball, in a project of its own, by check.ts.
const { Effect } = require("effect")
const { Task } = require("effect-threading")
const { NodeWorkerPool } = require("effect-threading/node")
const { pathToFileURL } = require("node:url")

const tasks = Task.module(pathToFileURL(require.resolve("./tasks.cjs")))

const program = Effect.all([tasks.sum([1, 2, 3]), tasks.half(8), Effect.flip(tasks.half(7))])

const run = async () => {
  for (const layer of [NodeWorkerPool.layer({ size: 2 }), NodeWorkerPool.layerProcess({ size: 2 })]) {
    console.log(JSON.stringify(await Effect.runPromise(Effect.provide(program, layer))))
  }
}

run()
