import { contract } from "./contract.ts"
import { inline } from "./support.ts"

contract(inline)
