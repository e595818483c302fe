/** What a page that is not cross-origin isolated does not have. To be imported first. */
Reflect.deleteProperty(globalThis, "SharedArrayBuffer")
