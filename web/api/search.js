// What is found: by names, contents, tags, kinds and times (KQL), over all that a person may see.
import { entry, OC, read, text } from "./dav.js"
import { leaves } from "./details.js"
import { ask } from "./http.js"

/**
 * @typedef {import("./dav.js").Entry & {where: string, snippet: {text: string, hit: boolean}[], taken: number}} Found
 *   where: the folder it lies in; snippet: a piece of the content in parts; taken: when a photo was taken, else changed
 */

/**
 * Ask for what fits a pattern; `total` is how many there are, of which `limit` come from `offset` on.
 * @param {string} pattern @param {{limit?: number, offset?: number, sort?: "score"|"taken"|"modified"|"name"}} [more] @param {AbortSignal} [signal]
 * @returns {Promise<{entries: Found[], total: number}>}
 */
export async function search(pattern, { limit = 200, offset = 0, sort = "score" } = {}, signal) {
  const body = `<?xml version="1.0"?><oc:search-files xmlns:oc="${OC}"><oc:search><oc:pattern>${escaped(pattern)}</oc:pattern>` +
    `<oc:limit>${limit}</oc:limit><oc:offset>${offset}</oc:offset><oc:sort>${sort}</oc:sort></oc:search></oc:search-files>`
  const answer = await ask("REPORT", "/dav/spaces/", { body, headers: { "Content-Type": "application/xml" }, signal })
  const entries = (await read(answer.responseText, signal)).map(found)
  return { entries, total: Number(/\/(\d+)$/.exec(answer.getResponseHeader("Content-Range") || "")?.[1] || entries.length) }
}

/** A word or phrase within a pattern: quotes would end it. */
export function quoted(/** @type {string} */ words) {
  return words.replace(/["\\]/g, " ").trim()
}

/** @returns {Found} */
function found(/** @type {import("./dav.js").Response} */ each) {
  const [drive, ...names] = each.path.slice(each.path.indexOf("/spaces/") + 8).split("/"), { props } = each
  const taken = Date.parse(leaves(props.photo)["taken-date-time"] || "")
  const made = entry(each, drive, names.slice(0, -1).join("/"))
  return { ...made, name: text(props.name) || made.name, where: names.slice(0, -1).join("/"), snippet: parts(text(props.highlights)), taken: taken || made.modified }
}

/** A piece of HTML that holds texts and <mark> alone, as texts. */
function parts(/** @type {string} */ html) {
  return html.split(/<(\/?)mark>/).reduce((made, piece, i, all) => i % 2 || !piece ? made : [...made, { text: text(piece).replace(/\s+/g, " "), hit: all[i - 1] === "" }], [])
}

function escaped(/** @type {string} */ text) {
  return text.replace(/[\0-\x08\x0b\x0c\x0e-\x1f]/g, " ").replace(/&/g, "&amp;").replace(/</g, "&lt;")
}
