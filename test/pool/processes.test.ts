import { contract } from "./contract.ts"
import { processes } from "./support.ts"

contract(processes)
