// A service worker for hosts that set no headers: it adds those that make a page cross-origin isolated, so that the programs in it
// can share memory between OS threads.
addEventListener("install", () => skipWaiting())
addEventListener("activate", (event) => event.waitUntil(clients.claim()))
addEventListener("fetch", (event) => {
  const { request } = event
  if (request.cache === "only-if-cached" && request.mode !== "same-origin") return
  if (new URL(request.url).origin !== location.origin) return
  event.respondWith(fetch(request).then((response) => {
    if (response.status === 0 || response.type === "opaqueredirect") return response
    const headers = new Headers(response.headers)
    headers.set("Cross-Origin-Opener-Policy", "same-origin")
    headers.set("Cross-Origin-Embedder-Policy", "require-corp")
    headers.set("Cross-Origin-Resource-Policy", "same-origin")
    return new Response(response.body, { status: response.status, statusText: response.statusText, headers })
  }))
})
