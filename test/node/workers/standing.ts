/** A worker that does one thing until memory that it shares says that it is enough. */
import { spawnSync } from "node:child_process"
import { parentPort, workerData } from "node:worker_threads"

export interface Standing {
  readonly how: "spin" | "match" | "block" | "native" | "wait"
  readonly enough: SharedArrayBuffer
}

const { enough, how } = workerData as Standing
const cell = new Int32Array(enough)

function spin() {
  while (Atomics.load(cell, 0) === 0);
}

function match() {
  while (Atomics.load(cell, 0) === 0) /^(a+)+$/.test(`${"a".repeat(23)}b`)
}

function block() {
  Atomics.wait(cell, 0, 0)
}

// Longer than anybody waits for it to come back to JavaScript.
function native() {
  while (Atomics.load(cell, 0) === 0) spawnSync("sleep", ["4"])
}

async function wait() {
  await Atomics.waitAsync(cell, 0, 0).value
}

const keepAlive = setInterval(() => {}, 10_000)
parentPort!.postMessage("ready")
setTimeout(async () => {
  await { spin, match, block, native, wait }[how]()
  parentPort!.postMessage("over")
  clearInterval(keepAlive)
}, 50)
