import { suites } from "./contracts/suites.ts"
import { contract } from "./support/contract.ts"

contract("Condition on a lock", suites["Condition on a lock"])
contract("Condition on a re-entrant lock held once", suites["Condition on a re-entrant lock held once"])
contract("Condition on a re-entrant lock held twice", suites["Condition on a re-entrant lock held twice"])
contract("Condition on a re-entrant lock held three times", suites["Condition on a re-entrant lock held three times"])
contract("Condition's holds", suites["Condition's holds"])
