// What was deleted, of one drive.
import { address, entry, name, responses, text } from "./dav.js"
import { ask } from "./http.js"

/** @typedef {import("./dav.js").Entry} Entry */

/** What was deleted. @returns {Promise<Entry[]>} */
export async function list(/** @type {string} */ drive, /** @type {AbortSignal} */ signal) {
  const [, ...found] = await responses(bin(drive), "1", null, signal)
  return found.map(each => ({
    ...entry(each, drive, ""), id: name(each), path: name(each), name: text(each.props["trashbin-original-filename"]),
    from: text(each.props["trashbin-original-location"]), deleted: Number(text(each.props["trashbin-delete-timestamp"])) * 1000,
  }))
}

/** Put back what was deleted, at a path of its drive. */
export function restore(/** @type {string} */ drive, /** @type {string} */ key, /** @type {string} */ path) {
  return ask("MOVE", `${bin(drive)}/${encodeURIComponent(key)}`, { headers: { Destination: address(drive, path), Overwrite: "F" } })
}

/** Delete for good; without a key, all that is in the trash. */
export function purge(/** @type {string} */ drive, key = "") {
  return ask("DELETE", bin(drive) + (key && `/${encodeURIComponent(key)}`))
}

function bin(/** @type {string} */ drive) {
  return `/dav/spaces/trash-bin/${encodeURIComponent(drive).replace(/%24/g, "$")}`
}
