import { suites } from "./contracts/suites.ts"
import { contract } from "./support/contract.ts"

contract("Lock", suites.Lock)
