import { ThreadWorker } from "poolifier"
import * as tasks from "./tasks.ts"

const { NegativeInput: _, ...functions } = tasks

export default new ThreadWorker<any, any>(functions)
