import "./withoutSharedMemory.ts"
import "effect-threading/browser/worker"
