// What is known of one thing, and beyond its line in a list: what the file tells of itself, its checksums, what people did to it, where it lies.
import { address, contents, entry, LISTED, OC, responses, text } from "./dav.js"
import { json } from "./http.js"

const SUMS = `<?xml version="1.0"?><d:propfind xmlns:d="DAV:" xmlns:o="${OC}"><d:prop><o:checksums/></d:prop></d:propfind>`
const FACETS = `<?xml version="1.0"?><d:propfind xmlns:d="DAV:" xmlns:o="${OC}"><d:prop><o:photo/><o:image/><o:location/><o:audio/></d:prop></d:propfind>`
const WHERE = `<?xml version="1.0"?><d:propfind xmlns:d="DAV:" xmlns:o="${OC}"><d:prop><o:meta-path-for-user/></d:prop></d:propfind>`
const ACTIVITIES = "/graph/v1beta1/extensions/org.libregraph/activities"

/** One file or folder as it is now. @returns {Promise<import("./dav.js").Entry>} */
export async function look(/** @type {string} */ drive, /** @type {string} */ path) {
  const [found] = await responses(address(drive, path), "0", LISTED)
  return { ...entry(found, drive, ""), path, name: path.slice(path.lastIndexOf("/") + 1) }
}

/** What a photo, film or song tells of itself, by the names of OpenCloud's facets: "taken-date-time", "camera-model", "latitude" … @returns {Promise<Record<string, string>>} */
export async function facets(/** @type {import("./dav.js").Entry} */ { drive, path }) {
  const [found] = await responses(address(drive, path), "0", FACETS)
  return leaves(Object.values(found.props).join(""))
}

/** Its checksums, as "SHA1:…". @returns {Promise<string[]>} */
export async function checksums(/** @type {import("./dav.js").Entry} */ { drive, path }) {
  const [found] = await responses(address(drive, path), "0", SUMS)
  return contents(found.props.checksums, "oc:checksum").flatMap(each => each.split(" ")).filter(Boolean)
}

/** What was done to it and within it, the newest first. @returns {Promise<{id: string, template: {message: string, variables: Record<string, any>}, times: {recordedTime: string}}[]>} */
export async function activities(/** @type {string} */ id, limit = 30) {
  return (await json(`${ACTIVITIES}?kql=${encodeURIComponent(`itemid:${id} AND limit:${limit} AND sort:desc`)}`)).value || []
}

/** Where a thing of that id lies. @returns {Promise<{drive: string, path: string}>} */
export async function whereIs(/** @type {string} */ id) {
  const [found] = await responses(`/dav/meta/${encodeURIComponent(id)}`, "0", WHERE)
  return { drive: text(found.props["spaceid"]), path: text(found.props["meta-path-for-user"]).replace(/^\/+/, "") }
}

/** The elements of XML that hold nothing but text, by name. @returns {Record<string, string>} */
export function leaves(xml = "") {
  return Object.fromEntries([...xml.matchAll(/<oc:([\w-]+)>([^<]*)</g)].map(([, name, value]) => [name, text(value)]))
}
