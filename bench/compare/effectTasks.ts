import { Effect } from "effect"
import { writeFileSync } from "node:fs"
import type { Busy } from "./tasks.ts"

export const tidyWait = ({ millis, file }: Busy): Effect.Effect<void> =>
  Effect.ensuring(Effect.sleep(millis), Effect.sync(() => writeFileSync(file, "tidy")))
