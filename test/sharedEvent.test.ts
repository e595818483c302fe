import { eventCases } from "./contracts/event.ts"
import { here, sharedEvents } from "./contracts/shared.ts"
import { contract } from "./support/contract.ts"

contract("shared Event", eventCases(sharedEvents(here)))
