/** `effect-threading/browser` in the page: itself, with workers that the page's content-security policy binds. */
export { NodeWorkerPool as BrowserWorkerPool } from "./nodeStandIn.ts"
