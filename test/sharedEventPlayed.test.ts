import { eventCases } from "./contracts/event.ts"
import { everywhere, sharedEvents } from "./contracts/shared.ts"
import { contract } from "./support/contract.ts"
import { playWakeUps } from "./support/osThreads.ts"

playWakeUps()

contract("shared Event, several OS threads", eventCases(sharedEvents(everywhere)))
