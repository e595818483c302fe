import { barrierCases } from "./contracts/barrier.ts"
import { here, sharedBarriers } from "./contracts/shared.ts"
import { contract } from "./support/contract.ts"

contract("shared Barrier", barrierCases(sharedBarriers(here), { acts: false }))
