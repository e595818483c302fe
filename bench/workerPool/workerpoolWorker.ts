import workerpool from "workerpool"
import { add, spin } from "./tasks.ts"

workerpool.worker({ add, spin })
