/**
 * What is for browsers alone, as namespaces.
 *
 * @since 0.4.0
 */

/** @since 0.4.0 */
export * as BrowserWorkerPool from "./BrowserWorkerPool.ts"
