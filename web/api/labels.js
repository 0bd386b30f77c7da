// What people put on things to find them again: favourites and tags, by Graph.
import { ask, json } from "./http.js"

const TAGS = "/graph/v1.0/extensions/org.libregraph/tags"

export function favourite(/** @type {string} */ id, /** @type {boolean} */ on) {
  return on ? ask("POST", `/graph/v1.0/me/drive/items/${encodeURIComponent(id)}/follow`) : ask("DELETE", `/graph/v1.0/me/drive/following/${encodeURIComponent(id)}`)
}

/** All tags that one sees. @returns {Promise<string[]>} */
export async function tags() {
  return (await json(TAGS)).value || []
}

export function tag(/** @type {string} */ id, /** @type {string} */ name) {
  return ask("PUT", TAGS, { body: { resourceId: id, tags: [name] } })
}

export function untag(/** @type {string} */ id, /** @type {string} */ name) {
  return ask("DELETE", TAGS, { body: { resourceId: id, tags: [name] } })
}
