import { suites } from "./contracts/suites.ts"
import { contract } from "./support/contract.ts"

contract("ReadWriteLock", suites.ReadWriteLock)
contract("ReadWriteLock for writing", suites["ReadWriteLock for writing"])
