import { contract } from "./contract.ts"
import { threads } from "./support.ts"

contract(threads)
