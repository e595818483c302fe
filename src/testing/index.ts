/**
 * For testing concurrent programs: every interleaving that matters, and an interruption at every operation.
 *
 * @since 0.2.0
 */

/** @since 0.2.0 */
export * as Explore from "./Explore.ts"
/** @since 0.2.0 */
export { interruptEverywhere } from "./interruptEverywhere.ts"
