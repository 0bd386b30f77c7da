// Where files lie: the drives that a person has, by Graph, and what is in them, by WebDAV. A place is the id of a drive and a path in it, without slashes at its ends.
import { byName, rank } from "../lib/i18n.js"
import { ask, Failure, json } from "./http.js"

export const OC = "http://owncloud.org/ns"
const V1 = "/graph/v1.0"
const SLICE = 400, START = "<d:response>", END = "</d:response>", WHOLE = "</d:multistatus>"
const ENTITIES = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" }

/**
 * @typedef {object} Drive
 * @property {string} id
 * @property {string} name
 * @property {"personal"|"project"|"virtual"|"mountpoint"} driveType
 * @property {string} driveAlias
 * @property {string} [description]
 * @property {{used: number, total: number, remaining: number, state: string}} [quota]
 * @property {any} root
 */

/**
 * @typedef {object} Entry  a file or folder
 * @property {string} id
 * @property {string} drive
 * @property {string} path  within the drive
 * @property {string} name
 * @property {string} [rank]  of the name, where it is put in order
 * @property {boolean} folder
 * @property {number} size  bytes
 * @property {number} modified  milliseconds
 * @property {string} [etag]
 * @property {string} [can]  letters: D delete, N rename, V move, W write, C and K create, R share
 * @property {string[]} [shared]  to whom: 0 a person, 1 a group, 3 by a link
 * @property {boolean} [preview]  there is a small picture of it
 * @property {boolean} [favourite]
 * @property {string[]} [tags]
 * @property {string} [kind]
 * @property {number} [deleted]
 * @property {string} [from]
 * @property {any} [item]  what Graph said of it
 * @property {string} [address]  where the browser itself can get it, for half an hour
 * @property {string} [in]  in words where it was found
 * @property {string} [words]  that were looked for, in small letters
 * @property {{text: string, hit: boolean}[]} [snippet]  of its content
 */
/** @typedef {{self: Entry, entries: Entry[]}} Contents */
/** @typedef {{path: string, props: Record<string, string>}} Response  the path decoded, without a slash at its end; contents of properties as XML */

export const LISTED = `<?xml version="1.0"?><d:propfind xmlns:d="DAV:" xmlns:o="${OC}"><d:prop><o:fileid/><d:getetag/><o:permissions/><d:resourcetype/>` +
  "<d:getcontentlength/><o:size/><d:getlastmodified/><o:share-types/><o:has-preview/><o:favorite/><o:tags/></d:prop></d:propfind>"
const MINIMAL = "return=minimal", BY_NAME = "order=name"

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
 * @param {(found: Contents) => void} [begun]  told of what is there already, a few times, as long as it comes in order: the rest then belongs beneath it
 * @returns {Promise<Contents>}
 */
export async function list(drive, path, signal, begun) {
  /** @type {Entry[]} */
  const all = []
  let even = true, enough = SLICE
  const found = () => ({ self: Object.assign(all[0], { path, name: path.slice(path.lastIndexOf("/") + 1) }), entries: all.slice(1) })
  await responses(address(drive, path), "1", LISTED, signal, each => {
    const made = entry(each, drive, path)
    made.rank = rank(made.name)
    even &&= all.length < 2 || byName(all.at(-1), made) < 0
    all.push(made)
  }, begun && (() => {
    if (!even || all.length < enough) return
    enough = all.length * 2                         // to show it costs
    begun(found())
  }))
  return found()
}

/**
 * What a PROPFIND finds, each made into something at once.
 * @template Made
 * @param {string} where @param {string} depth @param {string|null} body @param {AbortSignal} [signal] @param {(found: Response) => Made} [make]
 * @param {() => void} [sliced]  told now and then, when some more are made
 * @returns {Promise<Made[]>}
 */
export async function responses(where, depth, body, signal, make, sliced) {
  const reading = new Reading(signal, make, sliced)
  await ask("PROPFIND", where, { headers: { Depth: depth, Prefer: sliced ? `${MINIMAL}, ${BY_NAME}` : MINIMAL }, body, signal, arrived: piece => reading.on(piece) })
  return reading.end()
}

/** The last part of the address of a response. */
export function name(/** @type {Response} */ { path }) {
  return path.slice(path.lastIndexOf("/") + 1)
}

/** @returns {Entry} */
export function entry(/** @type {Response} */ found, /** @type {string} */ drive, /** @type {string} */ parent) {
  const { props } = found, called = name(found), shared = props["share-types"]
  return {
    id: props.fileid, drive, path: parent ? `${parent}/${called}` : called, name: called, folder: Boolean(props.resourcetype), size: Number(props.getcontentlength || props.size || 0),
    modified: Date.parse(props.getlastmodified), etag: text(props.getetag), can: props.permissions || "", shared: shared ? contents(shared, "oc:share-type") : [], preview: props["has-preview"] === "1",
    favourite: props.favorite === "1", tags: text(props.tags).split(",").filter(Boolean),
  }
}

// Answers are read as text: 10,000 entries in a tenth of the time that a document of them takes, while the rest is on its way, and in slices between which
// the page lives. It relies on what every client of OpenCloud relies on: the prefixes d: and oc:, and that what was found comes first.

/** All responses of an answer. @returns {Promise<Response[]>} */
export function read(/** @type {string} */ answer, /** @type {AbortSignal} */ signal = undefined) {
  const reading = new Reading(signal)
  reading.on(answer)
  return reading.end()
}

/** An answer that is read as far as it has come. @template Made */
class Reading {
  /** @type {Made[]} */
  #found = []
  #rest = ""
  #turn = Promise.resolve()

  constructor(/** @type {AbortSignal} */ signal, /** @type {(found: Response) => Made} */ make = each => /** @type {any} */ (each), sliced = () => {}) {
    this.signal = signal
    this.make = make
    this.sliced = sliced
  }

  /** A further piece has come. */
  on(/** @type {string} */ piece) {
    this.#turn = this.#turn.then(() => this.#slices(this.#rest + piece))
  }

  /** No further one comes. @returns {Promise<Made[]>} what was found @throws {Failure} where the answer was cut off: half a folder must not look like a whole one */
  async end() {
    await this.#turn
    this.signal?.throwIfAborted()
    if (!this.#rest.includes(WHOLE)) throw new Failure(0)
    return this.#found
  }

  async #slices(/** @type {string} */ xml) {
    let done = 0
    for (;;) {
      const from = xml.indexOf(START, done), to = xml.indexOf(END, from)
      if (from < 0 || to < 0 || this.signal?.aborted) break
      this.#found.push(this.make(response(xml.slice(from, to))))
      done = to + END.length
      if (this.#found.length % SLICE) continue
      this.sliced()
      await new Promise(resolve => setTimeout(resolve))
    }
    this.#rest = xml.slice(done)
  }
}

/** @returns {Response} */
function response(/** @type {string} */ xml) {
  const href = text(between(xml, "<d:href>", "</d:href>")), path = href.slice(href[0] === "/" ? 0 : href.indexOf("/", href.indexOf("//") + 2), href.endsWith("/") ? -1 : undefined)
  /** @type {Record<string, string>} */
  const props = {}
  for (let at = xml.indexOf("<d:prop>") + 8; at > 7 && xml[at] === "<" && xml[at + 1] !== "/";) {
    const end = xml.indexOf(">", at), empty = xml[end - 1] === "/", name = xml.slice(at + 1, empty ? end - 1 : end), to = empty ? end : xml.indexOf(`</${name}>`, end)
    if (to < 0) break
    props[name.slice(name.indexOf(":") + 1)] = xml.slice(end + 1, to)
    at = empty ? end + 1 : to + name.length + 3
  }
  return { path: decodeURIComponent(path), props }
}

/** XML without elements as the text that it means. */
export function text(xml = "") {
  if (!xml.includes("&")) return xml
  return xml.replace(/&(?:#x([\da-f]+)|#(\d+)|(\w+));/gi, (whole, hex, decimal, name) => name ? ENTITIES[name] ?? whole : String.fromCodePoint(parseInt(hex || decimal, hex ? 16 : 10)))
}

/** The contents of the elements of a name. */
export function contents(/** @type {string|undefined} */ xml, /** @type {string} */ name) {
  return [...(xml || "").matchAll(new RegExp(`<${name}>([^<]*)</${name}>`, "g"))].map(each => text(each[1]))
}

function between(/** @type {string} */ xml, /** @type {string} */ start, /** @type {string} */ end) {
  const from = xml.indexOf(start) + start.length
  return from < start.length ? "" : xml.slice(from, xml.indexOf(end, from))
}

/** @returns {Promise<Drive[]>} */
export async function drives() {
  return (await json(`${V1}/me/drives`)).value
}
