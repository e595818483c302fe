/** How often each byte occurs in an image, which is counted slice by slice. */
import * as Lock from "effect-threading/Lock"

export const histogramOf = (pixels: Uint8Array): Uint32Array => {
  const histogram = new Uint32Array(256)
  for (const pixel of pixels) histogram[pixel]!++
  return histogram
}

/** Counts by itself, and holds the lock just to add that to what the others have. */
export const addHistogram = (
  slice: Uint8Array,
  total: Uint32Array<SharedArrayBuffer>,
  lock: Lock.SharedLock
): void => {
  const histogram = histogramOf(slice)
  Lock.withLockSync(lock, () => histogram.forEach((count, pixel) => total[pixel]! += count))
}
