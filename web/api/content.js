// What is in files: read, written, and at addresses that the browser itself may ask.
import { address, OC, responses, text } from "./dav.js"
import { ask } from "./http.js"

/** @typedef {import("./dav.js").Entry} Entry */

const ADDRESS = `<?xml version="1.0"?><d:propfind xmlns:d="DAV:" xmlns:o="${OC}"><d:prop><o:downloadURL/></d:prop></d:propfind>`

/** An address that anybody may download a file from for half an hour. */
export async function downloadAddress(/** @type {Entry} */ { drive, path }) {
  const [found] = await responses(address(drive, path), "0", ADDRESS)
  return new URL(text(found.props["downloadURL"])).href.replace(/^https?:\/\/[^/]+/, "")
}

/** The content of a file, or of a version of it, as a Blob. */
export async function content(/** @type {string} */ where) {
  return (await ask("GET", where, { type: "blob" })).response
}

/**
 * A text as it is now: `etag` is what it must still have when it is saved; what is no UTF-8 is read as Windows' Latin and said to be `foreign`.
 * @returns {Promise<{text: string, etag: string, foreign: boolean}>}
 */
export async function read(/** @type {Entry} */ { drive, path }, /** @type {AbortSignal} */ signal = undefined) {
  const answer = await ask("GET", address(drive, path), { type: "arraybuffer", headers: { "Cache-Control": "no-cache" }, signal })
  const etag = answer.getResponseHeader("ETag")
  try {
    return { text: new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(answer.response), etag, foreign: false }
  } catch {
    return { text: new TextDecoder("windows-1252").decode(answer.response), etag, foreign: true }
  }
}

/** Write a file; with a guard, If-Match or If-None-Match, only where nobody was faster: a Failure of status 412. Its new etag. */
export async function write(/** @type {string} */ drive, /** @type {string} */ path, /** @type {string} */ content, /** @type {Record<string, string>} */ guard) {
  const answer = await ask("PUT", address(drive, path), { body: new Blob([content]), headers: guard })
  return answer.getResponseHeader("ETag") || answer.getResponseHeader("OC-ETag")
}
