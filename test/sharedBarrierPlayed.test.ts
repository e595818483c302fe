import { barrierCases } from "./contracts/barrier.ts"
import { everywhere, sharedBarriers } from "./contracts/shared.ts"
import { contract } from "./support/contract.ts"
import { playWakeUps } from "./support/osThreads.ts"

playWakeUps()

contract("shared Barrier, several OS threads", barrierCases(sharedBarriers(everywhere), { acts: false }))
