/** What programs for browsers have besides. */
declare class Worker {
  constructor(url: URL, options: { readonly type: "module"; readonly name: string })
  postMessage(message: unknown, transfer: Array<never>): void
  terminate(): void
  addEventListener(type: string, listener: (event: never) => void): void
}
