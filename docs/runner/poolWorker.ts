/** What a worker of a pool runs here: the library's, whose console is the program's. */
import "./poolConsole.ts"
import "effect-threading/browser/worker"
