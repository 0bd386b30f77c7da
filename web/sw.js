// The service worker: the program itself is there without a network, nothing of anybody's files is. It keeps one version, the one it came with;
// a newer server has a newer worker, which takes its place at once. What phones share with the app is handed over in memory.
const ROOT = "/_/HASH/", CACHE = `hearth ${ROOT}`, SHELL = "/files"
const OURS = ["", "files", "trash", "shared", "spaces", "search", "favourites", "recent", "photos", "admin", "f"]
/** @type {any} */
const worker = self
/** @type {File[]} */
let handed = []

/** The shell, and all that it names. */
async function keep() {
  const cache = await caches.open(CACHE), shell = await fetch(SHELL, { cache: "reload" }), text = await shell.clone().text()
  if (!shell.ok || !text.includes(ROOT)) throw new Error("the server has another version by now")
  const named = [...text.matchAll(/(?:src|href)="(\/_\/[^"]+)"/g)].map(each => each[1])
  const words = ["en", "de"].map(each => `${ROOT}strings/${each}.json`)
  await Promise.all([cache.put(SHELL, shell), cache.addAll([...new Set([...named, ...words, `${ROOT}elements/no-start.js`, `${ROOT}icons/sprite.svg`])])])
}

async function clear() {
  for (const name of await caches.keys()) if (name !== CACHE) await caches.delete(name)
  await worker.clients.claim()
}

/** A part of the program never changes under its address. */
async function part(/** @type {Request} */ request) {
  const cache = await caches.open(CACHE), kept = await cache.match(request)
  if (kept) return kept
  const found = await fetch(request)
  if (found.ok && new URL(request.url).pathname.startsWith(ROOT)) await cache.put(request, found.clone())
  return found
}

/** A page comes from the server; where that does not answer, the shell says so itself. */
async function page(/** @type {Request} */ request) {
  try {
    return await fetch(request)
  } catch (error) {
    return await caches.match(SHELL) || Promise.reject(error)
  }
}

async function take(/** @type {Request} */ request) {
  handed = (await request.formData()).getAll("files").filter(each => each instanceof File)
  return Response.redirect("/files?shared", 303)
}

worker.addEventListener("install", (/** @type {any} */ event) => event.waitUntil(keep().then(() => worker.skipWaiting())))
worker.addEventListener("activate", (/** @type {any} */ event) => event.waitUntil(clear()))
worker.addEventListener("message", (/** @type {MessageEvent} */ event) => {
  if (event.data !== "handed") return
  event.ports[0].postMessage(handed)
  handed = []
})
worker.addEventListener("fetch", (/** @type {any} */ event) => {
  const { request } = event, { origin, pathname } = new URL(request.url)
  if (origin !== location.origin) return
  if (request.method === "POST" && pathname === "/share") event.respondWith(take(request))
  else if (request.method === "GET" && pathname.startsWith("/_/")) event.respondWith(part(request))
  else if (request.method === "GET" && request.mode === "navigate" && OURS.includes(pathname.split("/")[1])) event.respondWith(page(request))
})
