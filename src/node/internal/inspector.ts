/** Node's inspector, as far as there is one: some builds and relatives of Node do without. Pools shall work there all the same. */
let module: typeof import("node:inspector") | undefined

const load = () => {
  try {
    return module ??= process.getBuiltinModule("node:inspector")
  } catch {
    return undefined
  }
}

/** A new session, which is not connected yet. */
export const openSession = (): import("node:inspector").Session | undefined => {
  const inspector = load()
  return inspector === undefined ? undefined : new inspector.Session()
}

/** Whether the inspector is open, so somebody may debug the process. */
export const isDebugged = (): boolean => load()?.url?.() !== undefined
