import { contract } from "./contract.ts"
import { webWorkers } from "./support.ts"

contract(webWorkers)
