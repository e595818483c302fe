/**
 * What is for Node alone, as namespaces.
 *
 * @since 0.2.0
 */

/** @since 0.2.0 */
export * as NodeDiagnostics from "./NodeDiagnostics.ts"
export * as NodeWorkerPool from "./NodeWorkerPool.ts"
