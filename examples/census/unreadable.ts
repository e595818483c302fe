/**
 * What could not be read, and why.
 */
import type { PlatformError } from "effect"

export interface Unreadable {
  readonly path: string
  readonly kind: "file" | "folder"
  readonly reason: string
}

export const unreadable = (
  kind: Unreadable["kind"],
  path: string,
  { reason }: PlatformError.PlatformError
): Unreadable => ({ path, kind, reason: reasons.get(reason._tag) ?? reason.message })

const reasons = new Map([["NotFound", "no longer there"], ["PermissionDenied", "permission denied"]])
