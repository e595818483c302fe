import { Barrier } from "effect-threading"
import { barrierContract } from "./contracts/barrier.ts"

barrierContract("Barrier", Barrier.make)
