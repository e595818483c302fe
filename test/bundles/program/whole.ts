/** All that a worker needs in one file, for bundles that share no code: itself the file that it runs, the tasks and the services. */
import "effect-threading/node/worker"

export { default } from "./services.ts"
export * from "./tasks.ts"
