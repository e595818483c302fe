import { suites } from "./contracts/suites.ts"
import { contract } from "./support/contract.ts"

contract("RLock", suites.RLock)
contract("RLock re-entry", suites["RLock re-entry"])
