import { contract } from "./contract.ts"
import { apartWebWorkers } from "./support.ts"

contract(apartWebWorkers)
