// Uploads in resumable parts: tus 1.0.0. The address that an upload gets is all that is needed to go on with it.
import { ask, Failure } from "./http.js"
import { address } from "./dav.js"

const PART = 8 << 20, SMALL = 1 << 20, BYTES = "application/offset+octet-stream"

/**
 * Begin an upload into a folder; small files go along at once.
 * @param {{drive: string, folder: string, name: string, file: File, guard: Record<string, string>}} upload
 * @param {(sent: number) => void} progress @param {AbortSignal} signal
 * @returns {Promise<{address: string, offset: number}>}  the offset is the file's size where all is done
 */
export async function create({ drive, folder, name, file, guard }, progress, signal) {
  const small = file.size > 0 && file.size <= SMALL
  const metadata = `filename ${base64(name)},mtime ${base64(String(Math.floor(file.lastModified / 1000)))}`
  const headers = { "Tus-Resumable": "1.0.0", "Upload-Length": String(file.size), "Upload-Metadata": metadata, ...(small ? { "Content-Type": BYTES } : {}), ...guard }
  const answer = await ask("POST", address(drive, folder), { headers, body: small ? file : undefined, progress: small ? progress : undefined, signal })
  const place = answer.getResponseHeader("Location")
  return { address: place ? new URL(place, location.href).pathname : "", offset: small ? file.size : Number(answer.getResponseHeader("Upload-Offset") || 0) }
}

/** Send the next part; the offset after it. */
export async function send(/** @type {string} */ where, /** @type {File} */ file, /** @type {number} */ offset, /** @type {(sent: number) => void} */ progress, /** @type {AbortSignal} */ signal) {
  const headers = { "Tus-Resumable": "1.0.0", "Upload-Offset": String(offset), "Content-Type": BYTES }
  const answer = await ask("PATCH", where, { headers, body: file.slice(offset, offset + PART), progress: sent => progress(offset + sent), signal, open: true })
  return Number(answer.getResponseHeader("Upload-Offset") ?? file.size)
}

/** How far the server has got; null where it knows nothing of this upload any more. */
export async function offset(/** @type {string} */ where) {
  try {
    return Number((await ask("HEAD", where, { headers: { "Tus-Resumable": "1.0.0" }, open: true })).getResponseHeader("Upload-Offset"))
  } catch (error) {
    if (error instanceof Failure && [404, 410].includes(error.status)) return null
    throw error
  }
}

/** Give an upload up. */
export function cancel(/** @type {string} */ where) {
  return ask("DELETE", where, { headers: { "Tus-Resumable": "1.0.0" }, open: true })
}

function base64(/** @type {string} */ text) {
  let bytes = ""
  for (const byte of new TextEncoder().encode(text)) bytes += String.fromCharCode(byte)
  return btoa(bytes)
}
