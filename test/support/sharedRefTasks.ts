import * as SharedRef from "effect-threading/SharedRef"

export const count = (ref: SharedRef.SharedRef, times: number): void => {
  for (let i = 0; i < times; i++) SharedRef.updateAndGetSync(ref, (n) => n + 1)
}
