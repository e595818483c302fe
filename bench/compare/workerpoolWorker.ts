import { writeFileSync } from "node:fs"
import workerpool from "workerpool"
import * as tasks from "./tasks.ts"

const { NegativeInput: _, ...functions } = tasks

interface Self {
  readonly worker: { readonly addAbortListener: (listener: () => Promise<void>) => void }
}

workerpool.worker({
  ...functions,
  tidyWait(this: Self, { millis, file }: tasks.Busy) {
    this.worker.addAbortListener(async () => writeFileSync(file, "tidy"))
    return tasks.rest(millis)
  }
})
