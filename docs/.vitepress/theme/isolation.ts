/** Shared memory for the programs in the page, which browsers give only to pages that are cross-origin isolated. */
import { withBase } from "vitepress"

export const isIsolated = (): boolean => globalThis.crossOriginIsolated

/** Whether a reload would make this page isolated. */
export const canBeIsolated = (): boolean => globalThis.isSecureContext && "serviceWorker" in navigator

/** Where the host sets no headers a service worker does, from the next load on. */
export const isolate = (): void => {
  if (isIsolated() || !canBeIsolated() || import.meta.env.DEV) return
  navigator.serviceWorker.register(withBase("/isolation.js")).catch((error: unknown) => {
    console.info("Programs that share memory do not run in this page:", error)
  })
}
