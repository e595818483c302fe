/** Bytes that move back instead of being copied. */
import * as Task from "effect-threading/Task"

export const invert = (pixels: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> =>
  Task.transfer(pixels.map((pixel) => 255 - pixel))
