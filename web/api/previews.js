// Small pictures of files, as object URLs: a few at a time, the last few hundred kept, some 40 MB. Only where a listing says that there is one (oc:has-preview).
import { address } from "./dav.js"
import { ask } from "./http.js"

const KEPT = 300, BYTES = 40e6, AT_ONCE = 4

/** @type {Map<string, {place: string, bytes: number}>} the oldest first */
const known = new Map()
let held = 0
/** @type {(() => void)[]} */
const waiting = []
let busy = 0

/** What is known already, "" for nothing. */
export function seen(/** @type {import("./dav.js").Entry} */ entry, /** @type {number} */ pixels) {
  return known.get(key(entry, pixels))?.place || ""
}

/**
 * An address of the picture; "" where there is none after all.
 * @param {import("./dav.js").Entry} entry @param {number} pixels  of the longer side @param {AbortSignal} signal
 */
export async function preview(entry, pixels, signal) {
  const name = key(entry, pixels), found = known.get(name)
  if (found) return found.place
  if (busy >= AT_ONCE) await new Promise(resolve => waiting.push(() => resolve(null)))
  busy++
  try {
    signal.throwIfAborted()
    const query = `preview=1&x=${pixels}&y=${pixels}&a=1&c=${encodeURIComponent(entry.etag || "")}`
    const { response } = await ask("GET", `${address(entry.drive, entry.path)}?${query}`, { type: "blob", signal })
    return keep(name, URL.createObjectURL(response), response.size)
  } catch (error) {
    return error.status === 404 ? keep(name, "") : ""  // one that could not be made just now is asked for again when it is seen again
  } finally {
    busy--
    waiting.shift()?.()
  }
}

function keep(/** @type {string} */ name, /** @type {string} */ place, bytes = 0) {
  known.set(name, { place, bytes })
  held += bytes
  while (known.size > KEPT || held > BYTES && known.size > 1) {
    const [[oldest, gone]] = known
    known.delete(oldest)
    held -= gone.bytes
    URL.revokeObjectURL(gone.place)
  }
  return place
}

function key(/** @type {import("./dav.js").Entry} */ { id, etag }, /** @type {number} */ pixels) {
  return `${id} ${etag} ${pixels}`
}
