/** What a worker runs: it does what it is told, and says how much it has done. */
import { parentPort } from "node:worker_threads"
import { type Part, type Work, works } from "./work.ts"

parentPort!.on("message", ([work, part]: [Work, Part]) => parentPort!.postMessage(works[work](part)))
