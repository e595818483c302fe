import { Task } from "effect-threading"
import { writeFileSync } from "node:fs"
import { type Busy, loop } from "./tasks.ts"

export { tidyWait } from "./effectTasks.ts"
export * from "./tasks.ts"

export const tidyLoop = (busy: Busy): void => {
  try {
    loop(busy, Task.checkpoint)
  } finally {
    writeFileSync(busy.file, "tidy")
  }
}
