import { suites } from "./contracts/suites.ts"
import { contract } from "./support/contract.ts"

contract("Semaphore with one permit", suites["Semaphore with one permit"])
contract("bounded Semaphore with one permit", suites["bounded Semaphore with one permit"])
contract("Semaphore with several permits", suites["Semaphore with several permits"])
