// Files and folders by WebDAV. A place is the id of a drive and a path in it, without slashes at its ends.
import { contents, responses as read, text } from "../lib/multistatus.js"
import { ask } from "./http.js"

const OC = "http://owncloud.org/ns"

/**
 * @typedef {object} Entry  a file or folder
 * @property {string} id
 * @property {string} drive
 * @property {string} path  within the drive
 * @property {string} name
 * @property {boolean} folder
 * @property {number} size  bytes
 * @property {number} modified  milliseconds
 * @property {string} [etag]
 * @property {string} [can]  letters: D delete, N rename, V move, W write, C and K create, R share
 * @property {string[]} [shared]  to whom: 0 a person, 1 a group, 3 by a link
 * @property {boolean} [preview]  there is a small picture of it
 * @property {string} [kind]
 * @property {number} [deleted]
 * @property {string} [from]
 * @property {any} [item]  what Graph said of it
 */

const LISTED = `<?xml version="1.0"?><d:propfind xmlns:d="DAV:" xmlns:o="${OC}"><d:prop><o:fileid/><d:getetag/><o:permissions/><d:resourcetype/>` +
  "<d:getcontentlength/><o:size/><d:getlastmodified/><o:share-types/><o:has-preview/></d:prop></d:propfind>"
const ADDRESS = `<?xml version="1.0"?><d:propfind xmlns:d="DAV:" xmlns:o="${OC}"><d:prop><o:downloadURL/></d:prop></d:propfind>`
const WHERE = `<?xml version="1.0"?><d:propfind xmlns:d="DAV:" xmlns:o="${OC}"><d:prop><o:meta-path-for-user/></d:prop></d:propfind>`
const MINIMAL = { Prefer: "return=minimal" }

/** The address of a place. */
export function address(/** @type {string} */ drive, path = "") {
  return `/dav/spaces/${encodeURIComponent(drive).replace(/%24/g, "$")}${path ? "/" + encoded(path) : ""}`
}

/** A path for an address. */
export function encoded(/** @type {string} */ path) {
  return path.split("/").map(encodeURIComponent).join("/")
}

/**
 * The folder itself and what is in it.
 * @param {string} drive @param {string} path @param {AbortSignal} [signal]
 * @returns {Promise<{self: Entry, entries: Entry[]}>}
 */
export async function list(drive, path, signal) {
  const [self, ...entries] = (await responses(address(drive, path), "1", LISTED, signal)).map(each => entry(each, drive, path))
  self.path = path
  self.name = path.slice(path.lastIndexOf("/") + 1)
  return { self, entries }
}

/** One file or folder as it is now. @returns {Promise<Entry>} */
export async function look(/** @type {string} */ drive, /** @type {string} */ path) {
  const [found] = await responses(address(drive, path), "0", LISTED)
  return { ...entry(found, drive, ""), path, name: path.slice(path.lastIndexOf("/") + 1) }
}

/** An address that anybody may download a file from for half an hour. */
export async function downloadAddress(/** @type {Entry} */ { drive, path }) {
  const [found] = await responses(address(drive, path), "0", ADDRESS)
  return new URL(text(found.props["downloadURL"])).href.replace(/^https?:\/\/[^/]+/, "")
}

/** Where a thing of that id lies. @returns {Promise<{drive: string, path: string}>} */
export async function whereIs(/** @type {string} */ id) {
  const [found] = await responses(`/dav/meta/${encodeURIComponent(id)}`, "0", WHERE)
  return { drive: text(found.props["spaceid"]), path: text(found.props["meta-path-for-user"]).replace(/^\/+/, "") }
}

export function makeFolder(/** @type {string} */ drive, /** @type {string} */ path) {
  return ask("MKCOL", address(drive, path))
}

export function remove(/** @type {Entry} */ { drive, path }) {
  return ask("DELETE", address(drive, path))
}

/**
 * Move or copy; where the name is taken, a Failure of status 412, but with `replace`.
 * @param {"MOVE"|"COPY"} method @param {Entry} entry @param {string} drive @param {string} path
 */
export function place(method, entry, drive, path, replace = false) {
  return ask(method, address(entry.drive, entry.path), { headers: { Destination: address(drive, path), Overwrite: replace ? "T" : "F" } })
}

/** What was deleted. @returns {Promise<Entry[]>} */
export async function trash(/** @type {string} */ drive, /** @type {AbortSignal} */ signal) {
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

/** Older contents of a file, the newest first. */
export async function versions(/** @type {string} */ id) {
  const [, ...found] = await responses(`/dav/meta/${encodeURIComponent(id)}/v`, "1", null)
  return found.map(each => ({ key: name(each), size: Number(text(each.props["getcontentlength"])), modified: Date.parse(text(each.props["getlastmodified"])) })).reverse()
}

export function restoreVersion(/** @type {string} */ id, /** @type {string} */ key) {
  return ask("COPY", `/dav/meta/${encodeURIComponent(id)}/v/${encodeURIComponent(key)}`)
}

/** The content of a file, or of a version of it, as a Blob. */
export async function content(/** @type {string} */ where) {
  return (await ask("GET", where, { type: "blob" })).response
}

export function versionAddress(/** @type {string} */ id, /** @type {string} */ key) {
  return `/dav/meta/${encodeURIComponent(id)}/v/${encodeURIComponent(key)}`
}

function bin(/** @type {string} */ drive) {
  return `/dav/spaces/trash-bin/${encodeURIComponent(drive).replace(/%24/g, "$")}`
}

async function responses(/** @type {string} */ where, /** @type {string} */ depth, /** @type {string|null} */ body, /** @type {AbortSignal} */ signal = undefined) {
  const answer = await ask("PROPFIND", where, { headers: { Depth: depth, ...MINIMAL }, body, signal })
  return read(answer.responseText, signal)
}

/** The last part of the address of a response. */
function name(/** @type {import("../lib/multistatus.js").Response} */ { path }) {
  return path.slice(path.lastIndexOf("/") + 1)
}

/** @returns {Entry} */
function entry(/** @type {import("../lib/multistatus.js").Response} */ found, /** @type {string} */ drive, /** @type {string} */ parent) {
  const { props } = found, called = name(found), shared = props["share-types"]
  return {
    id: props.fileid, drive, path: parent ? `${parent}/${called}` : called, name: called, folder: Boolean(props.resourcetype), size: Number(props.getcontentlength || props.size || 0),
    modified: Date.parse(props.getlastmodified), etag: text(props.getetag), can: props.permissions || "", shared: shared ? contents(shared, "oc:share-type") : [], preview: props["has-preview"] === "1",
  }
}
