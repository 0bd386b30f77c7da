// Small pictures of files, as object URLs: a few at a time, the last few hundred kept. Only where a listing says that there is one (oc:has-preview).
import { address } from "./dav.js"
import { ask } from "./http.js"

const KEPT = 300, AT_ONCE = 4

/** @type {Map<string, string>} the oldest first */
const known = new Map()
/** @type {(() => void)[]} */
const waiting = []
let busy = 0

/** What is known already, "" for nothing. */
export function seen(/** @type {import("./dav.js").Entry} */ entry, /** @type {number} */ pixels) {
  return known.get(key(entry, pixels)) || ""
}

/**
 * An address of the picture; "" where there is none after all.
 * @param {import("./dav.js").Entry} entry @param {number} pixels  of the longer side @param {AbortSignal} signal
 */
export async function preview(entry, pixels, signal) {
  const name = key(entry, pixels), found = known.get(name)
  if (found !== undefined) return found
  if (busy >= AT_ONCE) await new Promise(resolve => waiting.push(() => resolve(null)))
  busy++
  try {
    signal.throwIfAborted()
    const query = `preview=1&x=${pixels}&y=${pixels}&a=1&c=${encodeURIComponent(entry.etag || "")}`
    const { response } = await ask("GET", `${address(entry.drive, entry.path)}?${query}`, { type: "blob", signal })
    return keep(name, URL.createObjectURL(response))
  } catch (error) {
    return error.name === "AbortError" ? "" : keep(name, "")
  } finally {
    busy--
    waiting.shift()?.()
  }
}

function keep(/** @type {string} */ name, /** @type {string} */ place) {
  known.set(name, place)
  if (known.size > KEPT) {
    const [[oldest, gone]] = known
    known.delete(oldest)
    URL.revokeObjectURL(gone)
  }
  return place
}

function key(/** @type {import("./dav.js").Entry} */ { id, etag }, /** @type {number} */ pixels) {
  return `${id} ${etag} ${pixels}`
}
