// Many files as one archive: an address that we sign with the person's own key, as OpenCloud's clients do, so that the browser downloads it.
import { ask, json } from "./http.js"

const SECONDS = 600, ROUNDS = 10_000

/** An address of a ZIP of these things; without the browser's cryptography (plain http by name) one of a copy in memory. */
export async function archiveAddress(/** @type {string} */ user, /** @type {string[]} */ ids) {
  const query = new URLSearchParams([...ids.map(id => ["id", id]), ["output-format", "zip"]])
  if (!crypto.subtle) {
    const { response } = await ask("GET", `/archiver?${query}`, { type: "blob" })
    const address = URL.createObjectURL(response)
    setTimeout(() => URL.revokeObjectURL(address), 60_000)
    return address
  }
  const key = (await json("/ocs/v1.php/cloud/user/signing-key?format=json")).ocs.data["signing-key"]
  query.append("OC-Credential", user)
  query.append("OC-Date", new Date().toISOString())
  query.append("OC-Expires", String(SECONDS))
  query.append("OC-Verb", "GET")
  const address = `${location.origin}/archiver?${query}`
  const signature = await sign(address, key)
  return `/archiver?${query}&OC-Algo=${encodeURIComponent(`PBKDF2/${ROUNDS}-SHA512`)}&OC-Signature=${signature}`
}

async function sign(/** @type {string} */ text, /** @type {string} */ key) {
  const bytes = new TextEncoder(), secret = await crypto.subtle.importKey("raw", bytes.encode(text), "PBKDF2", false, ["deriveBits"])
  const found = await crypto.subtle.deriveBits({ name: "PBKDF2", hash: "SHA-512", salt: bytes.encode(key), iterations: ROUNDS }, secret, 256)
  return [...new Uint8Array(found)].map(byte => byte.toString(16).padStart(2, "0")).join("")
}
