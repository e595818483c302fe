/** The way to the page. */
import type { Said } from "./protocol.ts"

export const toPage = (said: Said): void => postMessage(said)
