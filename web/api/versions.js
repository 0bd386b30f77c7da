// Older contents of a file.
import { name, responses, text } from "./dav.js"
import { ask } from "./http.js"

/** Older contents of a file, the newest first. */
export async function list(/** @type {string} */ id) {
  const [, ...found] = await responses(`/dav/meta/${encodeURIComponent(id)}/v`, "1", null)
  return found.map(each => ({ key: name(each), size: Number(text(each.props["getcontentlength"])), modified: Date.parse(text(each.props["getlastmodified"])) })).reverse()
}

export function restore(/** @type {string} */ id, /** @type {string} */ key) {
  return ask("COPY", `/dav/meta/${encodeURIComponent(id)}/v/${encodeURIComponent(key)}`)
}

export function address(/** @type {string} */ id, /** @type {string} */ key) {
  return `/dav/meta/${encodeURIComponent(id)}/v/${encodeURIComponent(key)}`
}
