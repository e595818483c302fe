import "effect-threading/node/worker"
