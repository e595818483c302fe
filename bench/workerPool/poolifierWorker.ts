import { ThreadWorker } from "poolifier"
import { add, type Pair, spin } from "./tasks.ts"

export default new ThreadWorker<Pair, number>({
  add: (pair) => add(pair!),
  spin: (pair) => spin(pair!)
})
