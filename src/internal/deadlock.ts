/**
 * Finds the cycle that a fiber closes by waiting. The nodes are the fibers that wait in our queues now; what has to come to an
 * end before a wait can is told by what is waited for. Only fibers that are themselves in a queue count: whoever runs, sleeps or
 * waits for anything else can go on.
 */
import type * as Fiber from "effect/Fiber"
import { waiterOf } from "./parked.ts"
import type { AnyWaiter, Obstacles } from "./waiting.ts"

type AnyFiber = Fiber.Fiber<unknown, unknown>

/** A wait that is part of a deadlock. */
export interface Stuck {
  readonly waiter: AnyWaiter
  readonly obstacles: Obstacles
}

/** A waiting fiber, and the waiting fibers that it depends on. */
interface Node {
  readonly waiter: AnyWaiter
  readonly obstacles: Obstacles
  readonly next: ReadonlyArray<AnyWaiter>
}

// An interruption resumes a fiber, and so counts its operations anew, a few steps before it leaves the queue.
const parked = (fiber: AnyFiber): AnyWaiter | undefined => {
  const waiter = waiterOf(fiber)
  return waiter !== undefined && (waiter.isBound || waiter.operations === fiber.currentOpCount) ? waiter : undefined
}

/** Undefined if nothing can be said to keep it from going on. */
const nodeOf = (waiter: AnyWaiter): Node | undefined => {
  const { queue } = waiter
  const obstacles = queue?.on.obstacles?.(queue)
  if (obstacles === undefined) return undefined
  const next: Array<AnyWaiter> = []
  for (const { fiber } of obstacles.fibers) {
    const waiting = fiber === undefined ? undefined : parked(fiber)
    if (waiting !== undefined) next.push(waiting)
    else if (obstacles.stuckIf === "all") return undefined
  }
  return next.length === 0 ? undefined : { waiter, obstacles, next }
}

/** The deadlock that this waiter is part of: a ring that begins with it, then whoever else keeps the ring closed. */
export const findDeadlock = (waiter: AnyWaiter): ReadonlyArray<Stuck> | undefined => {
  const first = nodeOf(waiter)
  if (first === undefined) return undefined
  const stuck = stuckAmong(collect(first))
  const ring = stuck.has(waiter) ? ringThrough(waiter, stuck) : undefined
  return ring && withKeepers(ring, stuck)
}

const collect = (first: Node): Map<AnyWaiter, Node> => {
  const nodes = new Map([[first.waiter, first]])
  // A map is walked in the order of insertion, what is added on the way included.
  for (const { next } of nodes.values()) {
    for (const waiter of next) {
      const node = nodes.has(waiter) ? undefined : nodeOf(waiter)
      if (node !== undefined) nodes.set(waiter, node)
    }
  }
  return nodes
}

/** What is left once everybody is taken out who can go on, then whoever waits for those, until nothing changes. */
const stuckAmong = (nodes: Map<AnyWaiter, Node>): Map<AnyWaiter, Node> => {
  const isStuck = (waiter: AnyWaiter) => nodes.has(waiter)
  for (let before = -1; before !== nodes.size;) {
    before = nodes.size
    for (const { next, obstacles, waiter } of nodes.values()) {
      if (!(obstacles.stuckIf === "any" ? next.some(isStuck) : next.every(isStuck))) nodes.delete(waiter)
    }
  }
  return nodes
}

const ringThrough = (waiter: AnyWaiter, stuck: Map<AnyWaiter, Node>): Array<Node> | undefined => {
  const cameFrom = new Map<AnyWaiter, Node>()
  // As above, this grows while it is walked: breadth first, so the ring is a shortest one.
  const reached = new Set([stuck.get(waiter)!])
  for (const node of reached) {
    for (const next of node.next) {
      const target = stuck.get(next)
      if (target === undefined || cameFrom.has(next)) continue
      cameFrom.set(next, node)
      reached.add(target)
    }
  }
  const ring: Array<Node> = []
  for (let node = cameFrom.get(waiter); node !== undefined; node = cameFrom.get(node.waiter)) {
    ring.unshift(node)
    if (node.waiter === waiter) return ring
  }
  return undefined
}

/** Where one end would be enough, all the others that might have come to it belong to the deadlock as well. */
const withKeepers = (ring: ReadonlyArray<Node>, stuck: Map<AnyWaiter, Node>): ReadonlyArray<Stuck> => {
  const members = new Set(ring)
  for (const { next, obstacles } of members) {
    const others = next.flatMap((waiter) => stuck.get(waiter) ?? [])
    if (obstacles.stuckIf === "all") { for (const each of others) members.add(each) }
    else if (!others.some((each) => members.has(each))) members.add(others[0]!)
  }
  return Array.from(members)
}
