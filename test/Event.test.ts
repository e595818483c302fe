import { Event } from "effect-threading"
import { eventContract } from "./contracts/event.ts"

eventContract("Event", Event.make())
